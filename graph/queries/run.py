"""Reading runs of scans. What moves a run on is in `graph.queries.job`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Query, Row, RunReadParams


class RunsParams(RunReadParams):
    """Some runs."""

    ids: list[str]


class OneParams(RunReadParams):
    """A run."""

    id: str


class OfScanParams(RunReadParams):
    """An organization's runs, of one scan or (None) of all."""

    scan: str | None


class PageParams(OfScanParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class ReachedParams(OneParams):
    """A page of what a run has in scope."""

    behind: int
    behind_id: str
    limit: int


class ProgressParams(RunsParams):
    """Some runs, and from when on something is recent."""

    since: datetime


class ProgressRow(Row):
    """How far a run is with a collector, in entities."""

    run: str
    collector: str
    done: int
    waiting: int
    under_way: int
    failed: int
    lookups: int
    recent: int
    reused: int
    reused_since: datetime | None


class RunRow(Row):
    """A run as stored."""

    properties: dict[str, Any]


class TotalRow(Row):
    """How many."""

    total: int


class RunMomentsRow(Row):
    """When runs ended, and what they had in scope."""

    ends: list[dict[str, Any]]
    reached: list[str]


class AnswersRow(Row):
    """How often a collector's lookups ended in one way."""

    collector: str
    outcome: str
    answers: int


class IdRow(Row):
    """A run's id."""

    id: str


class ClaimRow(Row):
    """What a claim tells in a run: ids of entities and relationships."""

    claim: str
    entities: list[str]
    relationships: list[str]


class ReachedRow(Row):
    """An entity in scope."""

    distance: int
    properties: dict[str, Any]
    labels: list[str]
    versions: list[dict[str, Any]]


GET_RUN_MOMENTS = Query("run/get_run_moments", RunsParams, RunMomentsRow)
LIST_RUNS = Query("run/list_runs", PageParams, RunRow)
COUNT_RUNS = Query("run/count_runs", OfScanParams, TotalRow)
GET_RUN = Query("run/get_run", OneParams, RunRow)
COUNT_PROGRESS = Query("run/count_progress", ProgressParams, ProgressRow)
COUNT_ANSWERS = Query("run/count_answers", OneParams, AnswersRow)
LIST_REACHED = Query("run/list_reached", ReachedParams, ReachedRow)
GET_PREVIOUS = Query("run/get_previous", OneParams, IdRow)
LIST_CLAIMS = Query("run/list_claims", OneParams, ClaimRow)
