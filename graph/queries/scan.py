"""Reading scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """An organization."""

    org: str


class OneParams(Params):
    """A scan."""

    org: str
    id: str


class PageParams(Params):
    """A page of an organization's scans."""

    org: str
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
COUNT_SCANS = Query("scan/count_scans", OrgParams, TotalRow)
GET_SCAN = Query("scan/get_scan", OneParams, ScanRow)
