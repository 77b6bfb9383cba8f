"""The keys that sign access tokens."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class RingParams(Params):
    """The keys of one ring as of now."""

    ring: str
    now: datetime


class SigningKeyParams(Params):
    """A new key, and when the former ones end."""

    ring: str
    ordinal: int
    kid: str
    public: str
    sealed: str
    now: datetime
    signs_from: datetime
    former_end_at: datetime


class BeforeParams(Params):
    """What had ended by a moment."""

    ring: str
    before: datetime


class SigningKeyRow(Row):
    """A key, its private part sealed."""

    ordinal: int
    kid: str
    public: str
    sealed: str
    created_at: datetime
    signs_from: datetime
    ends_at: datetime | None


class KidRow(Row):
    """The name of a key."""

    kid: str


class DeletedRow(Row):
    """How many there were."""

    deleted: int


LIST_SIGNING_KEYS = Query("auth/list_signing_keys", RingParams, SigningKeyRow)
UPSERT_SIGNING_KEY = Query("auth/upsert_signing_key", SigningKeyParams, KidRow)
DELETE_SIGNING_KEYS = Query("auth/delete_signing_keys", BeforeParams, DeletedRow)
