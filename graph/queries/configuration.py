"""What is set for organizations and for the platform while Mirage runs, with every version of it."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """Whose configuration: an organization's, or the platform's where it is empty."""

    org: str


class LockParams(OrgParams):
    """The id that it gets where there is none yet."""

    id: str


class ConfigurationRow(Row):
    """How it is now. `values` is JSON: settings by place."""

    number: int
    values: str


class CountingRow(Row):
    """What counts for an organization: the platform's configuration (`org` is empty) or its own."""

    org: str
    values: str


class LockedRow(ConfigurationRow):
    """With what made the last changes one each."""

    changes: list[str]


class SetParams(OrgParams):
    """A new version."""

    number: int
    version_id: str
    values: str
    by: str
    at: datetime
    reason: str
    changes: list[str]


class NumberRow(Row):
    """The number of a version."""

    number: int


class VersionsParams(OrgParams):
    """Which versions: those below a number, or all."""

    before: int | None
    limit: int


class VersionRow(ConfigurationRow):
    """How it was set once."""

    set_by: str
    set_at: datetime
    reason: str


GET_CONFIGURATION = Query("configuration/get_configuration", OrgParams, ConfigurationRow)
LIST_COUNTING = Query("configuration/list_counting", OrgParams, CountingRow)
LOCK_CONFIGURATION = Query("configuration/lock_configuration", LockParams, LockedRow)
UPSERT_CONFIGURATION = Query("configuration/upsert_configuration", SetParams, NumberRow)
LIST_VERSIONS = Query("configuration/list_versions", VersionsParams, VersionRow)
