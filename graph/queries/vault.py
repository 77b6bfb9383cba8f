"""Secrets, and what else is sealed under the master keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """An organization."""

    org: str


class IdsParams(OrgParams):
    """Secrets, by their ids, within their organization."""

    ids: list[str]


class SetParams(OrgParams):
    """A secret's new value, sealed."""

    id: str
    source: str
    name: str
    slot: str
    label: str
    sealed: str
    key_version: str
    expires_at: datetime | None
    by: str
    change: str
    now: datetime


class KeysParams(OrgParams):
    """The keys of a source, by the names of its secrets."""

    source: str
    names: list[str]


class KeyParams(OrgParams):
    """What to change of a key; None leaves it as it is."""

    id: str
    label: str | None
    is_enabled: bool | None


class KeyStatesParams(OrgParams):
    """What is known of keys now."""

    rows: list[dict[str, Any]]


class SpendingParams(OrgParams):
    """A run that spends units of keys."""

    run: str


class SpentParams(Params):
    """What a run has spent in all."""

    run: str
    units: int


class ApartParams(Params):
    """Labels that are left out."""

    apart: list[str]


class LabelParams(Params):
    """A label."""

    label: str


class StaleParams(LabelParams):
    """Which of a label's sealed nodes are wanted."""

    current: str
    apart: list[str]
    limit: int


class ResealedParams(Params):
    """Values under another master key: element, before, after."""

    rows: list[dict[str, str]]
    version: str


class SecretRow(Row):
    """What is told of a secret."""

    id: str
    source: str
    name: str
    key_version: str
    version: int
    created_at: datetime
    created_by: str
    set_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    label: str
    is_enabled: bool
    refused_at: datetime | None
    rests_until: datetime | None
    rests: int
    trouble: str | None
    day: str
    used_day: int
    month: str
    used_month: int


class SetRow(Row):
    """A secret that was set."""

    id: str
    version: int


class IdRow(Row):
    """A secret's id."""

    id: str


class SealedKeyRow(SecretRow):
    """A key with its sealed value."""

    sealed: str
    slot: str


class UnitsRow(Row):
    """What a run has spent."""

    units: int


class LabelRow(Row):
    """A label."""

    label: str


class StaleRow(Row):
    """A node with a sealed value."""

    element: str
    properties: dict[str, Any]


class VersionRow(Row):
    """How many values a master key seals."""

    version: str
    sealed: int


class DoneRow(Row):
    """How many were replaced."""

    done: int


LIST_SECRETS = Query("vault/list_secrets", OrgParams, SecretRow)
UPSERT_SECRET = Query("vault/upsert_secret", SetParams, SetRow)
DELETE_SECRETS = Query("vault/delete_secrets", IdsParams, IdRow)
LIST_KEYS = Query("vault/list_keys", KeysParams, SealedKeyRow)
LOCK_KEYS = Query("vault/lock_keys", IdsParams, SecretRow)
UPSERT_KEY = Query("vault/upsert_key", KeyParams, IdRow)
UPSERT_KEY_STATES = Query("vault/upsert_key_states", KeyStatesParams, IdRow)
LOCK_SPENDING = Query("vault/lock_spending", SpendingParams, UnitsRow)
UPSERT_SPENDING = Query("vault/upsert_spending", SpentParams, UnitsRow)
LIST_SEALED_LABELS = Query("vault/list_sealed_labels", ApartParams, LabelRow)
LIST_SEALED = Query("vault/list_sealed", StaleParams, StaleRow)
COUNT_SEALED = Query("vault/count_sealed", LabelParams, VersionRow)
UPSERT_SEALED = Query("vault/upsert_sealed", ResealedParams, DoneRow)
