"""Reading scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Query, Row, RunReadParams


class OneParams(RunReadParams):
    """A scan."""

    id: str


class PageParams(RunReadParams):
    """A page of an organization's scans."""

    behind: datetime | None
    behind_id: str
    limit: int


class ScanRow(Row):
    """A scan as stored."""

    properties: dict[str, Any]


class TotalRow(Row):
    """How many."""

    total: int


LIST_SCANS = Query("scan/list_scans", PageParams, ScanRow)
COUNT_SCANS = Query("scan/count_scans", RunReadParams, TotalRow)
GET_SCAN = Query("scan/get_scan", OneParams, ScanRow)
