"""A job in the hands of its holder, as a process that works for the holder sees it."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query
from graph.queries.job import EndedRow, TakenRow


class HeldParams(Params):
    """A job, and the number with which it was taken."""

    lease: str
    fence: int


class DeathParams(HeldParams):
    """How a job's process ended, and how many such ends are too many."""

    reason: str
    most: int
    at: datetime | None = None


GET_HELD = Query("job/get_held", HeldParams, TakenRow)
UPSERT_DEATH = Query("job/upsert_death", DeathParams, EndedRow)
