"""What people do to runs. What conductors do is in `graph.queries.job`, reading in `graph.queries.run`."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row
from graph.queries.job import IdRow, RunStateRow


class ActParams(Params):
    """What a user does to a run: which states it changes, and to which one."""

    org: str
    run: str
    by: str
    moving: list[str]
    state: str
    at: datetime | None = None


class ActRow(Row):
    """The run's state before and after; when it ended, and who ended it."""

    before: str
    state: str
    ended_at: datetime | None
    ended_by: str | None


class BudgetParams(Params):
    """A run's specification with another budget."""

    run: str
    spec: str
    reason: str


class RetryParams(Params):
    """A run to be made, and the one of which it repeats what failed, all or only some jobs."""

    run: str
    retry: str
    jobs: list[str] | None
    by: str
    at: datetime | None = None
    traceparent: str | None = None


PAUSE_RUN = Query("job/pause_run", ActParams, ActRow)
RESUME_RUN = Query("job/resume_run", ActParams, ActRow)
CANCEL_RUN = Query("job/cancel_run", ActParams, ActRow)
UPSERT_BUDGET = Query("job/upsert_budget", BudgetParams, IdRow)
UPSERT_RETRY = Query("job/upsert_retry", RetryParams, RunStateRow)
