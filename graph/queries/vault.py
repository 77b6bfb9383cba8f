"""Secrets, and what else is sealed under the master keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """An organization."""

    org: str


class SecretParams(Params):
    """A secret, by its id, within its organization."""

    id: str
    org: str


class SetParams(SecretParams):
    """A secret's new value, sealed."""

    source: str
    name: str
    sealed: str
    key_version: str
    expires_at: datetime | None
    by: str
    change: str
    now: datetime


class TakeParams(Params):
    """Secrets to be used now."""

    ids: list[str]
    org: str
    now: datetime


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


class SetRow(Row):
    """A secret that was set."""

    id: str
    version: int


class IdRow(Row):
    """A secret's id."""

    id: str


class SealedRow(Row):
    """A secret's sealed value."""

    name: str
    sealed: str


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
DELETE_SECRET = Query("vault/delete_secret", SecretParams, IdRow)
TAKE_SECRETS = Query("vault/take_secrets", TakeParams, SealedRow)
LIST_SEALED_LABELS = Query("vault/list_sealed_labels", ApartParams, LabelRow)
LIST_SEALED = Query("vault/list_sealed", StaleParams, StaleRow)
COUNT_SEALED = Query("vault/count_sealed", LabelParams, VersionRow)
UPSERT_SEALED = Query("vault/upsert_sealed", ResealedParams, DoneRow)
