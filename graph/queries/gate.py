"""Ready jobs of modules that do not work: hinted one by one, or not asked in the end."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query
from graph.queries.job import IdRow, LeftRow, RunParams


class LeaveParams(RunParams):
    """Collectors that a run does not wait for, and why."""

    collectors: list[str]
    reason: str
    at: datetime


class HintedParams(Params):
    """Jobs that are hinted."""

    leases: list[str]
    at: datetime


DROP_READY = Query("job/drop_ready", LeaveParams, LeftRow)
UPSERT_HINTED = Query("job/upsert_hinted", HintedParams, IdRow)
