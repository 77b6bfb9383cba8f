"""Reading findings for people. What the correlation engine stores is in `finding_writes`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Query, ReadParams, Row


class WhichParams(ReadParams):
    """Which of an organization's findings."""

    states: list[str]
    severities: list[str]
    rules: list[str] | None


class PageParams(WhichParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class RankedPageParams(PageParams):
    """A page of them by severity; `rank` is -1 for the first page."""

    rank: int


class OneParams(ReadParams):
    """A finding, or what findings are about."""

    id: str


class ManyParams(ReadParams):
    """Some findings."""

    ids: list[str]


class FindingRow(Row):
    """A finding as stored."""

    properties: dict[str, Any]
    subject: str


class TotalRow(Row):
    """How many."""

    total: int


LIST_FINDINGS = Query("finding/list_findings", PageParams, FindingRow)
LIST_FINDINGS_BY_SEVERITY = Query("finding/list_findings_by_severity", RankedPageParams, FindingRow)
COUNT_FINDINGS = Query("finding/count_findings", WhichParams, TotalRow)
GET_FINDING = Query("finding/get_finding", OneParams, FindingRow)
LIST_FINDINGS_ABOUT = Query("finding/list_findings_about", OneParams, FindingRow)
LIST_BY_IDS = Query("finding/list_by_ids", ManyParams, FindingRow)
