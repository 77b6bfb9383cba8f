"""Legal holds: what keeps everything of an organization from being deleted."""

from __future__ import annotations

from datetime import datetime

from graph.queries.account import IdRow, TotalRow
from graph.queries.catalog import Params, Query, Row


class HoldParams(Params):
    """Setting or lifting one: who, when and why."""

    org: str
    id: str
    reason: str
    by: str
    at: datetime


class HoldsParams(Params):
    """Which ones: all, or those that stand."""

    org: str
    standing: bool


class HoldPageParams(HoldsParams):
    """A page of them; or one, by its id."""

    id: str | None
    behind: datetime | None
    behind_id: str
    limit: int


class HoldRow(Row):
    """A hold."""

    id: str
    reason: str
    set_by: str
    set_by_name: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None


UPSERT_HOLD = Query("hold/upsert_hold", HoldParams, IdRow)
CLOSE_HOLD = Query("hold/close_hold", HoldParams, IdRow)
LIST_HOLDS = Query("hold/list_holds", HoldPageParams, HoldRow)
COUNT_HOLDS = Query("hold/count_holds", HoldsParams, TotalRow)
