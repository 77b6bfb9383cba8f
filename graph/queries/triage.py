"""What people do with findings: how far they are, whose they are, what is set aside, and the record of it."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row


class ActRecord(TypedDict):
    """A finding that somebody does something with, and the id under which that is kept."""

    id: str
    act: str


class AsideRecord(ActRecord):
    """The same, and the id of its suppression."""

    suppression: str


class LockParams(ReadParams):
    """Some findings."""

    ids: list[str]


class LockedRow(Row):
    """How a finding stands; `is_aside` where somebody set it aside."""

    id: str
    state: str
    fingerprint: str
    rule: str
    is_aside: bool


class TriageParams(Params):
    """How far people are, whose it is and until when; None leaves what is there."""

    org: str
    findings: list[ActRecord]
    triage: str | None
    assignee: str | None
    due_at: datetime | None
    sets_due: bool
    comment: str
    act: str
    by: str
    now: datetime


class SuppressParams(Params):
    """Who sets findings aside, why and until when; None for ever."""

    org: str
    findings: list[AsideRecord]
    act: str
    by: str
    reason: str
    until: datetime | None
    now: datetime


class LiftParams(Params):
    """Who lifts suppressions."""

    org: str
    findings: list[AsideRecord]
    act: str
    by: str
    comment: str
    now: datetime


class SeenAgainParams(Params):
    """By whose word what was held to be mended is new again."""

    org: str
    by: str
    comment: str
    now: datetime


class ActsParams(Params):
    """A finding that may be read, and how many acts at most."""

    org: str
    id: str
    limit: int


class AsideParams(Params):
    """A finding that may be read, at a moment."""

    org: str
    id: str
    now: datetime


class ChangedRow(Row):
    """A finding that changed."""

    id: str


class LiftedRow(ChangedRow):
    """A finding that is set aside no longer; `is_open` where its rule matches."""

    is_open: bool


class ActRow(Row):
    """What happened to a finding: `before` and `after` have a value for each of `fields` that somebody changed."""

    at: datetime
    happening: str
    by: str | None
    comment: str | None
    fields: list[str]
    before: list[str]
    after: list[str]


class AsideRow(Row):
    """A suppression that stands."""

    by: str
    reason: str
    since: datetime
    until: datetime | None


LOCK_FINDINGS = Query("finding/lock_findings", LockParams, LockedRow)
UPSERT_TRIAGE = Query("finding/upsert_triage", TriageParams, ChangedRow)
UPSERT_SUPPRESSIONS = Query("finding/upsert_suppressions", SuppressParams, ChangedRow)
CLOSE_SUPPRESSIONS = Query("finding/close_suppressions", LiftParams, LiftedRow)
UPSERT_SEEN_AGAIN = Query("finding/upsert_seen_again", SeenAgainParams, ChangedRow)
LIST_ACTS = Query("finding/list_acts", ActsParams, ActRow)
FIND_SUPPRESSION = Query("finding/find_suppression", AsideParams, AsideRow)
