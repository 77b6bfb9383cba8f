"""Schedules: the scans that are started by the clock, what is due, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row, RunReadParams
from graph.queries.job import DeletedRow, IdRow


class DueParams(Params):
    """What is due by now; None for the database's own time."""

    now: datetime | None
    open: list[str]
    limit: int


class DueRow(Row):
    """A scan of whose schedule something is due."""

    org: str
    scan: str


class LockParams(Params):
    """A scan; `open` are the states of runs that have not ended."""

    org: str
    scan: str
    now: datetime | None
    open: list[str]


class LockedRow(Row):
    """A scan that is locked, its schedule as stored, and the time."""

    now: datetime
    spec: str
    schedule: dict[str, Any] | None
    is_closed: bool
    open_runs: list[str]


class SetParams(Params):
    """What to set of a schedule, by whom."""

    id: str
    org: str
    scan: str
    set: dict[str, Any]
    by: str
    at: datetime


class MomentsParams(Params):
    """Where a schedule stands, and what to tell of moments that were due, latest first."""

    id: str
    planned_at: datetime | None
    next_at: datetime | None
    queued_for: datetime | None
    due_at: datetime | None
    fired_at: datetime | None
    told: list[dict[str, Any]]
    kept: int


class RunParams(Params):
    """The run of a planned moment."""

    run: str
    scan: str
    schedule: str
    planned_for: datetime
    by: str
    at: datetime
    traceparent: str | None = None


class RunRow(Row):
    """The run; `is_new` is false where the moment had it already."""

    id: str
    is_new: bool


class OfScanParams(Params):
    """A scan of an organization."""

    org: str
    scan: str


class PageParams(RunReadParams):
    """A page of an organization's schedules."""

    behind: datetime | None
    behind_id: str
    limit: int


class ScheduleRow(Row):
    """A schedule as stored."""

    properties: dict[str, Any]


class TotalRow(Row):
    """How many."""

    total: int


LIST_DUE = Query("schedule/list_due", DueParams, DueRow)
LOCK_SCHEDULE = Query("schedule/lock_schedule", LockParams, LockedRow)
UPSERT_SCHEDULE = Query("schedule/upsert_schedule", SetParams, IdRow)
UPSERT_MOMENTS = Query("schedule/upsert_moments", MomentsParams, IdRow)
UPSERT_RUN = Query("schedule/upsert_run", RunParams, RunRow)
DELETE_SCHEDULE = Query("schedule/delete_schedule", OfScanParams, DeletedRow)
LIST_SCHEDULES = Query("schedule/list_schedules", PageParams, ScheduleRow)
COUNT_SCHEDULES = Query("schedule/count_schedules", RunReadParams, TotalRow)
