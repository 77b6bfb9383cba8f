"""How organizations have set their modules."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row, RunReadParams


class OrgParams(Params):
    """An organization."""

    org: str


class SetParams(OrgParams):
    """A new version of a module's setting; None leaves a part of it as it is."""

    id: str
    module: str
    is_enabled: bool | None
    options: str | None
    pinned: int | None
    by: str
    change: str
    kept: int
    now: datetime


class PastSetting(Row):
    """A setting as it was set once; `options` is JSON."""

    is_enabled: bool
    options: str
    pinned: int
    set_by: str
    set_at: datetime


class SettingRow(PastSetting):
    """A module's setting as it is now, and what was set before, latest first, this one among it."""

    module: str
    version: int
    past: list[PastSetting]


class VersionRow(Row):
    """How often something was set."""

    version: int


class UsageParams(RunReadParams):
    """Since when."""

    since: datetime


class UsageRow(Row):
    """How the lookups of a collector ended, and how long they took."""

    collector: str
    calls: int
    answers: int
    found: int
    absent: int
    errors: int
    skipped: int
    p50_ms: float
    p95_ms: float


class NowParams(OrgParams):
    """An organization at a moment."""

    at: datetime


class ModuleParams(OrgParams):
    """A module in an organization."""

    module: str


class LockHealthParams(ModuleParams):
    """A module's health, for what a job tells of it."""

    id: str
    lease: str
    fence: int
    is_made: bool


class HealthParams(ModuleParams):
    """A module's health as it is to be kept."""

    failures: int
    openings: int
    fault: str | None
    detail: str
    failed_at: datetime | None
    since: datetime | None
    until: datetime | None


class HealthRow(Row):
    """A module's health as it is kept."""

    module: str
    failures: int
    openings: int
    fault: str | None
    detail: str | None
    failed_at: datetime | None
    since: datetime | None
    until: datetime | None
    is_trial: bool
    is_trying: bool


class ModuleRow(Row):
    """A module."""

    module: str


class ResetRow(ModuleRow):
    """A module whose health was reset."""

    was_open: bool


class OpenRow(ModuleRow):
    """A module that does not work in so many organizations."""

    organizations: int


LIST_SETTINGS = Query("module/list_settings", OrgParams, SettingRow)
UPSERT_SETTING = Query("module/upsert_setting", SetParams, VersionRow)
COUNT_USAGE = Query("module/count_usage", UsageParams, UsageRow)
LIST_HEALTH = Query("module/list_health", NowParams, HealthRow)
LOCK_HEALTH = Query("module/lock_health", LockHealthParams, HealthRow)
UPSERT_HEALTH = Query("module/upsert_health", HealthParams, ModuleRow)
RESET_HEALTH = Query("module/upsert_well", ModuleParams, ResetRow)
COUNT_OPEN = Query("module/count_open", Params, OpenRow)
