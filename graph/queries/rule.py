"""How organizations have set rules: shipped ones, and their own, with every version of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """An organization."""

    org: str


class OneParams(OrgParams):
    """A rule in an organization."""

    rule: str


class LockParams(OneParams):
    """The id that its setting gets where there is none yet."""

    id: str


class SetRow(Row):
    """How a rule is set. `text` is None for a shipped one, and where it was deleted; `parameters` is JSON."""

    number: int
    text: str | None
    parameters: str
    is_enabled: bool


class LockedRow(SetRow):
    """With what made the last changes one each."""

    changes: list[str]


class VersionRow(SetRow):
    """How it was set once, by whose id, when and why."""

    set_by: str
    set_at: datetime
    comment: str


class SettingRow(VersionRow):
    """How a rule is set now, and what came of it: by which version everything was evaluated, and which one failed."""

    rule: str
    digest: str | None
    failed: str | None
    is_retired: bool


class SetParams(OneParams):
    """A new version."""

    number: int
    version_id: str
    text: str | None
    parameters: str
    is_enabled: bool
    by: str
    at: datetime
    comment: str
    words: dict[str, Any]
    changes: list[str]
    kept: int


class NumberRow(Row):
    """The number of a version."""

    number: int


class TotalRow(Row):
    """How many there are."""

    total: int


class VersionsParams(OneParams):
    """Which versions: those below a number, or all."""

    before: int | None
    limit: int


class WordsRow(Row):
    """What a rule of an organization's own says of its findings."""

    rule: str
    subject: str
    explanation: str
    remediation: str
    references: list[str]


class FailureRow(Row):
    """A rule that failed, in which version, why and when."""

    rule: str
    digest: str
    reason: str
    at: datetime


LIST_SETTINGS = Query("rule/list_settings", OrgParams, SettingRow)
LOCK_SETTING = Query("rule/lock_setting", LockParams, LockedRow)
UPSERT_SETTING = Query("rule/upsert_setting", SetParams, NumberRow)
COUNT_OWN = Query("rule/count_own", OrgParams, TotalRow)
LIST_VERSIONS = Query("rule/list_versions", VersionsParams, VersionRow)
LIST_WORDS = Query("rule/list_words", OrgParams, WordsRow)
LIST_FAILURES = Query("rule/list_failures", OrgParams, FailureRow)
