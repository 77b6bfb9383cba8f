"""The queries of names that look alike: which they are, whose they are, and what is kept of it."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row


class AlikeRecord(TypedDict):
    """That the name `other` looks like one's own name `of`; both are ids, as is `id`."""

    id: str
    of: str
    other: str
    ways: list[str]
    score: float
    reason: str


class OrgParams(Params):
    """One organization."""

    org: str


class NamesParams(Params):
    """Some entities."""

    org: str
    ids: list[str]


class NameRow(Row):
    """A domain name; `alike` has who looks like whom, by ids, of each relationship that it is in."""

    id: str
    name: str
    holds: bool
    is_own: bool
    alike: list[tuple[str, str]]


class AlikeParams(Params):
    """What is to be kept."""

    org: str
    now: datetime
    rows: list[AlikeRecord]


class UnlinkParams(Params):
    """Who looks like whom, by ids."""

    pairs: list[tuple[str, str]]


class IdRow(Row):
    """An id."""

    id: str


class WhichParams(ReadParams):
    """Which: with this name (None: any), with at least this score."""

    of: str | None
    least: float


class PageParams(WhichParams):
    """A page of them, behind a place."""

    behind: float | None
    behind_id: str
    limit: int


class AlikeRow(Row):
    """That a name looks like one's own, and since when that is known."""

    id: str
    of: str
    other: str
    ways: list[str]
    score: float
    reason: str
    since: datetime


class TotalRow(Row):
    """How many there are."""

    total: int


LIST_NAMES = Query("match/list_names", NamesParams, NameRow)
LIST_LIKENED = Query("match/list_likened", OrgParams, IdRow)
UPSERT_ALIKE = Query("match/upsert_alike", AlikeParams, IdRow)
UNLINK_ALIKE = Query("match/unlink_alike", UnlinkParams, IdRow)
LIST_ALIKE = Query("identity/list_alike", PageParams, AlikeRow)
COUNT_ALIKE = Query("identity/count_alike", WhichParams, TotalRow)
