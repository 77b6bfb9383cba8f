"""Patterns that organizations keep, and the rows of their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row
from graph.queries.purge import DeletedRow


class OrgParams(Params):
    """An organization."""

    org: str


class NamedParams(OrgParams):
    """A pattern by its name."""

    name: str


class IdParams(Params):
    """A pattern."""

    id: str


class IdRow(Row):
    """A node that the statement concerned."""

    id: str


class StoredRow(Row):
    """A pattern as it is stored."""

    properties: dict[str, Any]


class ListedRow(StoredRow):
    """The same with how far it was evaluated, and how much it has."""

    desk: dict[str, Any] | None


class TotalRow(Row):
    """How many."""

    total: int


class HeldRow(Row):
    """A pattern that is held."""

    number: int
    rows: int
    past: int
    is_deleted: bool


class OfSubjectsParams(Params):
    """A pattern, and whom it is evaluated for."""

    pattern: str
    subjects: list[str]


class OthersParams(Params):
    """A pattern, and the kind of its subjects."""

    pattern: str
    kind: str
    limit: int


class KnownRow(Row):
    """A row that is in."""

    id: str
    key: str
    marked: list[str]


class RowRecord(TypedDict):
    """A row as it enters."""

    id: str
    key: str
    subject: str
    values: str
    basis: list[str]
    links: list[str]
    marked: list[str]


class EnterParams(Params):
    """Rows that enter."""

    org: str
    pattern: str
    kind: str
    now: datetime
    act: str
    more: int
    entered: list[RowRecord]


class EnteredRow(Row):
    """A row that entered."""

    id: str
    is_whole: bool


class LeaveParams(Params):
    """Rows that leave."""

    pattern: str
    ids: list[str]
    now: datetime
    act: str


class SomeParams(Params):
    """Some of what a pattern has."""

    pattern: str
    limit: int


class PassParams(Params):
    """By which version of a pattern everything was evaluated."""

    id: str
    digest: str
    now: datetime


class FailureParams(PassParams):
    """Which version of a pattern failed, and why."""

    reason: str


class SaveParams(Params):
    """A pattern as it is saved."""

    id: str
    org: str
    name: str
    properties: dict[str, Any]
    by: str
    now: datetime


class DropParams(Params):
    """A pattern that is given up."""

    id: str
    org: str
    now: datetime


class RowsParams(ReadParams):
    """Which rows of a pattern."""

    pattern: str
    since: datetime | None
    is_in: bool | None


class RowsPageParams(RowsParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class IdsParams(ReadParams):
    """Rows by their ids."""

    ids: list[str]


class ShownRow(Row):
    """A row that may be read."""

    properties: dict[str, Any]
    basis: list[str]


LIST_PATTERNS = Query("pattern/list_patterns", OrgParams, ListedRow)
COUNT_PATTERNS = Query("pattern/count_patterns", OrgParams, TotalRow)
GET_NAMED = Query("pattern/get_named", NamedParams, StoredRow)
LOCK_PATTERN = Query("pattern/lock_pattern", IdParams, HeldRow)
FIND_ROWS = Query("pattern/find_rows", OfSubjectsParams, KnownRow)
FIND_OTHERS = Query("pattern/find_others", OthersParams, KnownRow)
UPSERT_ROWS = Query("pattern/upsert_rows", EnterParams, EnteredRow)
CLOSE_ROWS = Query("pattern/close_rows", LeaveParams, IdRow)
DELETE_PAST = Query("pattern/delete_past", SomeParams, DeletedRow)
UPSERT_PASS = Query("pattern/upsert_pass", PassParams, IdRow)
UPSERT_FAILURE = Query("pattern/upsert_failure", FailureParams, IdRow)
UPSERT_PATTERN = Query("pattern/upsert_pattern", SaveParams, IdRow)
DROP_PATTERN = Query("pattern/drop_pattern", DropParams, IdRow)
DELETE_ROWS = Query("pattern/delete_rows", SomeParams, DeletedRow)
COUNT_ROWS = Query("pattern/count_rows", RowsParams, TotalRow)
LIST_ROWS = Query("pattern/list_rows", RowsPageParams, ShownRow)
LIST_BY_IDS = Query("pattern/list_by_ids", IdsParams, ShownRow)
