"""Reading findings for people. What the correlation engine stores is in `finding_writes`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row


class WhichParams(ReadParams):
    """Which of an organization's findings."""

    states: list[str]
    severities: list[str]
    rules: list[str] | None
    triage: list[str] | None
    assignees: list[str] | None
    due_before: datetime | None
    least_risk: float | None


class MatchingParams(WhichParams):
    """The same, and how many of them."""

    limit: int


class DoneParams(Params):
    """An act, and since when it may have been done."""

    org: str
    act: str
    since: datetime


class IdsRow(Row):
    """Findings by their ids."""

    ids: list[str]


class GroupsParams(WhichParams):
    """By what they are grouped, how many groups, and how many findings of each are named."""

    by: str
    limit: int
    each: int


class GroupRow(Row):
    """A group: what its findings have in common, the rank of the gravest (0 is CRITICAL), and the ids of some."""

    value: str
    total: int
    rank: int
    latest: datetime
    findings: list[str]


class SpansParams(ReadParams):
    """Since when, and of which findings."""

    since: datetime
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


class RiskPageParams(PageParams):
    """A page of them by risk; `risk` is null for the first page."""

    risk: float | None


class BetweenParams(ReadParams):
    """Two moments, and about entities of which kinds."""

    start: datetime
    end: datetime
    kinds: list[str] | None


class BetweenRow(Row):
    """A finding, what it is about, and whether it was open at the later moment: then not at the earlier one."""

    id: str
    subject: str
    is_open: bool


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


class HoldingRecord(TypedDict):
    """A relationship, and since when it is to hold; None for no longer."""

    id: str
    holds_since: datetime | None


class HoldingParams(Params):
    """Relationships between what a finding is about and rests on."""

    org: str
    ends: list[str]
    links: list[str]


class SetHoldingParams(Params):
    """The same, and since when each is to hold."""

    org: str
    ends: list[str]
    links: list[HoldingRecord]


class HoldingRow(Row):
    """A relationship, and since when it holds."""

    id: str
    holds_since: datetime


class LinkIdRow(Row):
    """A relationship."""

    id: str


class FacetRow(Row):
    """How many findings have a value of what they can be told apart by."""

    facet: str
    value: str
    total: int


class SpanRow(Row):
    """How many findings were open from a day to a day; None for before the first, and for still."""

    severity: str
    opened: date | None
    closed: date | None
    total: int


LIST_FINDINGS = Query("finding/list_findings", PageParams, FindingRow)
LIST_FINDINGS_BY_SEVERITY = Query("finding/list_findings_by_severity", RankedPageParams, FindingRow)
LIST_FINDINGS_BY_RISK = Query("finding/list_findings_by_risk", RiskPageParams, FindingRow)
FIND_MATCHING = Query("finding/find_matching", MatchingParams, IdsRow)
FIND_BETWEEN = Query("finding/find_between", BetweenParams, BetweenRow)
FIND_DONE = Query("finding/find_done", DoneParams, IdsRow)
COUNT_FINDINGS = Query("finding/count_findings", WhichParams, TotalRow)
GET_FINDING = Query("finding/get_finding", OneParams, FindingRow)
LIST_FINDINGS_ABOUT = Query("finding/list_findings_about", OneParams, FindingRow)
LIST_BY_IDS = Query("finding/list_by_ids", ManyParams, FindingRow)
LIST_GROUPS = Query("finding/list_groups", GroupsParams, GroupRow)
COUNT_FACETS = Query("finding/count_facets", WhichParams, FacetRow)
LIST_SPANS = Query("finding/list_spans", SpansParams, SpanRow)
LIST_HOLDING = Query("finding/list_holding", HoldingParams, HoldingRow)
UPSERT_HOLDING = Query("finding/upsert_holding", SetHoldingParams, LinkIdRow)
