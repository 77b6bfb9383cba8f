"""The correlation engine's own queries: what it stores of rules, findings and suppressions.

Reading findings for people is `graph.queries.finding`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, Row


class FindingRecord(TypedDict):
    """A finding as it is written."""

    id: str
    fingerprint: str
    subject: str
    state: str
    title: str
    severity: str
    score: float
    details: str
    evidence: list[str]
    links: list[str]
    shared: list[str]


class ClosingRecord(TypedDict):
    """A finding that closes, why, and the ids of what no longer holds."""

    id: str
    reason: str
    cleared_by: list[str]


class Affected(Row):
    """A node that the statement concerned."""

    id: str


class RuleRecord(TypedDict):
    """A rule: its id in the organization, and its name."""

    id: str
    rule: str


class RulesParams(Params):
    """Rules in an organization."""

    org: str
    rules: list[RuleRecord]


class HeldRow(Row):
    """A rule that is held, and how often the organization has set it."""

    rule: str
    number: int


class RulePassParams(Params):
    """A rule, and by which version of it everything was evaluated."""

    id: str
    digest: str
    now: datetime
    properties: dict[str, Any]


class RuleFailureParams(Params):
    """A rule, and which version of it failed why."""

    id: str
    digest: str
    reason: str
    now: datetime


class OrgParams(Params):
    """An organization."""

    org: str


class RulePassRow(Row):
    """By which version of a rule everything was evaluated."""

    id: str
    rule: str
    digest: str | None
    is_retired: bool


class RuleEndParams(Params):
    """A rule that is gone."""

    id: str
    now: datetime


class OfSubjectsParams(Params):
    """Rules and the subjects they look at."""

    rules: list[str]
    subjects: list[str]


class StoredRow(Row):
    """What is stored of a finding."""

    id: str
    rule: str
    fingerprint: str
    subject: str
    state: Literal["OPEN", "CLOSED", "SUPPRESSED"]
    title: str
    severity: str
    score: float
    evidence: list[str]
    links: list[str]
    details: str
    shared: list[str]


class OfRuleParams(Params):
    """A rule, and how many of its findings at once."""

    org: str
    rule: str
    most: int


class OfRuleRow(Row):
    """A finding and its subject."""

    id: str
    subject: str


class EndedParams(Params):
    """Findings that the rule says nothing of any more."""

    ids: list[str]


class EndedRow(Row):
    """What of a finding's basis no longer holds."""

    id: str
    ended: list[str]


class UpsertFindingsParams(Params):
    """Findings of one rule as they are now."""

    org: str
    rule: str
    rule_id: str
    version: int
    confidence: float
    now: datetime
    findings: list[FindingRecord]


class CloseFindingsParams(Params):
    """Findings that close."""

    now: datetime
    findings: list[ClosingRecord]


class SuppressionsParams(Params):
    """Suppressions that may be in force."""

    ids: list[str]
    now: datetime


class SuppressionRow(Row):
    """What somebody has set aside."""

    fingerprint: str


class DueParams(Params):
    """An organization at a moment."""

    org: str
    now: datetime


class DueRow(Row):
    """A rule and a subject to look at again."""

    rule: str
    subject: str


class NoParams(Params):
    """Nothing is asked for."""


UPSERT_RULES = Query("finding/upsert_rules", RulesParams, HeldRow)
UPSERT_RULE_PASS = Query("finding/upsert_rule_pass", RulePassParams, Affected)
UPSERT_RULE_FAILURE = Query("finding/upsert_rule_failure", RuleFailureParams, Affected)
UPSERT_RULE_END = Query("finding/upsert_rule_end", RuleEndParams, Affected)
FIND_RULE_PASSES = Query("finding/find_rule_passes", OrgParams, RulePassRow)
FIND_OF_SUBJECTS = Query("finding/find_of_subjects", OfSubjectsParams, StoredRow)
FIND_OF_RULE = Query("finding/find_of_rule", OfRuleParams, OfRuleRow)
FIND_ENDED = Query("finding/find_ended", EndedParams, EndedRow)
UPSERT_FINDINGS = Query("finding/upsert_findings", UpsertFindingsParams, Affected)
CLOSE_FINDINGS = Query("finding/close_findings", CloseFindingsParams, Affected)
FIND_SUPPRESSIONS = Query("finding/find_suppressions", SuppressionsParams, SuppressionRow)
FIND_DUE_SUPPRESSIONS = Query("finding/find_due_suppressions", DueParams, DueRow)
FIND_ORGANIZATIONS = Query("finding/find_organizations", NoParams, Affected)
