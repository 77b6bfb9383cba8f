"""Reading runs of scans. What moves a run on is in `graph.queries.scan` and the conductor's own module."""

from __future__ import annotations

from typing import Any

from graph.queries.catalog import Params, Query, Row


class RunsParams(Params):
    """Some runs."""

    org: str
    ids: list[str]


class RunMomentsRow(Row):
    """When runs ended, and what they had in scope."""

    ends: list[dict[str, Any]]
    reached: list[str]


GET_RUN_MOMENTS = Query("run/get_run_moments", RunsParams, RunMomentsRow)
