"""The chains of the audit. What a row and a chain's end mean is in `server.audit`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class LockParams(Params):
    """A chain, and rows that may be in it."""

    org: str
    ids: list[str]


class AppendParams(Params):
    """Rows to add, and the chain's end after them."""

    org: str
    rows: list[dict[str, Any]]
    seq: int
    hash: str
    sealed: str
    key_version: str
    opened: list[dict[str, Any]]
    closed: list[str]


class HeadsParams(Params):
    """A chain; None for all."""

    org: str | None


class PageParams(Params):
    """A page of a chain, oldest first."""

    org: str
    behind: int
    limit: int


class FindParams(Params):
    """A page of a chain, newest first, of what matches."""

    org: str
    before: int | None
    actor: str | None
    action: str | None
    subject: str | None
    outcome: str | None
    since: datetime | None
    until: datetime | None
    limit: int


class OpenParams(HeadsParams):
    """Acts whose end nobody wrote."""

    before: datetime
    limit: int


class DeleteParams(Params):
    """The oldest rows, to be deleted."""

    org: str
    anchor_seq: int
    anchor_hash: str
    sealed: str
    key_version: str


class LockedRow(Row):
    """A locked chain's end."""

    seq: int
    hash: str
    anchor_seq: int
    anchor_hash: str
    sealed: str
    known: list[str]
    beyond: list[dict[str, Any]]


class HeadRow(Row):
    """A chain's end."""

    org: str
    seq: int
    hash: str
    anchor_seq: int
    anchor_hash: str
    sealed: str


class ChainRow(Row):
    """A chain."""

    org: str


class EventRow(Row):
    """A row as stored."""

    properties: dict[str, Any]


class AddedRow(Row):
    """How many were added."""

    added: int


class DeletedRow(Row):
    """How many were deleted."""

    deleted: int


LOCK_HEAD = Query("audit/lock_head", LockParams, LockedRow)
UPSERT_EVENTS = Query("audit/upsert_events", AppendParams, AddedRow)
LIST_HEADS = Query("audit/list_heads", HeadsParams, HeadRow)
LIST_CHAINS = Query("audit/list_chains", HeadsParams, ChainRow)
LIST_ROWS = Query("audit/list_rows", PageParams, EventRow)
FIND_EVENTS = Query("audit/find_events", FindParams, EventRow)
LIST_OPEN = Query("audit/list_open", OpenParams, EventRow)
DELETE_EVENTS = Query("audit/delete_events", DeleteParams, DeletedRow)
