"""Watches of saved queries: who looks at them, their last answers, and what changed in those."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, Row
from graph.queries.pattern import IdRow, TotalRow
from graph.queries.purge import DeletedRow


class NoParams(Params):
    """Nothing is asked for in particular."""


class OneParams(Params):
    """A watch of an organization."""

    id: str
    org: str


class WatchParams(OneParams):
    """A saved query that its owner watches."""

    owner: str
    is_told: bool | None
    now: datetime


class DueParams(Params):
    """A watch that is to be looked at next."""

    id: str
    now: datetime


class OrgRow(Row):
    """An organization that watches something."""

    org: str
    seen: str


class Heard(TypedDict):
    """Where in the stream of events something happened last in an organization."""

    org: str
    place: str


class WaitingParams(Params):
    """What is to be looked at."""

    now: datetime
    heard: list[Heard]
    limit: int


class WaitingRow(Row):
    """A watch that is to be looked at."""

    id: str
    org: str
    ready_at: datetime


class TakeParams(DueParams):
    """A watch that somebody looks at."""

    place: str
    until: datetime


class OwnerRecord(TypedDict):
    """Who asks, as they are now."""

    email: str
    org_name: str
    role: str
    own: list[str] | None
    clearance: str
    is_platform_admin: bool


class TakenRow(Row):
    """A watch that was taken, with its query, and its owner; None where they may not ask any more."""

    watch: dict[str, Any]
    query: dict[str, Any]
    owner: OwnerRecord | None


class FenceParams(Params):
    """A watch, and the number with which it was taken."""

    id: str
    fence: int


class HeldRow(Row):
    """A watch that is held."""

    number: int
    name: str
    is_told: bool


class FinishParams(Params):
    """What came of looking."""

    id: str
    seen: str
    due_at: datetime | None
    not_before: datetime | None
    properties: dict[str, Any]


class ChangeParams(Params):
    """A change of a watched answer."""

    id: str
    org: str
    watch: str
    at: datetime
    most: int
    properties: dict[str, Any]


class ForgottenRow(Row):
    """How many changes were given up."""

    forgotten: int


class OwnParams(Params):
    """Who reads what is their own, and with what."""

    org: str
    user: str
    readable: list[str]
    permissions: list[str]


class OwnWatchParams(OwnParams):
    """A watch of somebody's own."""

    id: str


class ChangesPageParams(OwnWatchParams):
    """A page of its changes."""

    behind: datetime | None
    behind_id: str
    limit: int


class ChangesParams(OwnParams):
    """Changes by their ids."""

    ids: list[str]


class AnswerRow(Row):
    """An answer as JSON."""

    answer: str


class ChangeRow(Row):
    """A change as it is stored."""

    properties: dict[str, Any]


COUNT_WATCHES = Query("watch/count_watches", OneParams, TotalRow)
UPSERT_WATCH = Query("watch/upsert_watch", WatchParams, IdRow)
UPSERT_DUE = Query("watch/upsert_due", DueParams, IdRow)
DELETE_WATCH = Query("watch/delete_watch", OneParams, DeletedRow)
LIST_ORGS = Query("watch/list_orgs", NoParams, OrgRow)
LIST_DUE = Query("watch/list_due", WaitingParams, WaitingRow)
TAKE_WATCH = Query("watch/take_watch", TakeParams, TakenRow)
LOCK_WATCH = Query("watch/lock_watch", FenceParams, HeldRow)
FINISH_LOOK = Query("watch/finish_look", FinishParams, IdRow)
UPSERT_CHANGE = Query("watch/upsert_change", ChangeParams, ForgottenRow)
GET_ANSWER = Query("watch/get_answer", OwnWatchParams, AnswerRow)
LIST_CHANGES = Query("watch/list_changes", ChangesPageParams, ChangeRow)
COUNT_CHANGES = Query("watch/count_changes", OwnWatchParams, TotalRow)
LIST_BY_IDS = Query("watch/list_by_ids", ChangesParams, ChangeRow)
