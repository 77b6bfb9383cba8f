"""Accounts: users, organizations, memberships and API keys."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class OwnerParams(Params):
    """The first user, with everything that belongs to one."""

    user: str
    org: str
    org_name: str
    membership: str
    key: str
    prefix: str
    hash: str
    now: datetime


class UpsertKeyParams(Params):
    """A key for a user."""

    user: str
    key: str
    prefix: str
    hash: str
    name: str
    now: datetime


class KeyParams(Params):
    """A key by its hash, as of now."""

    hash: str
    now: datetime


class OrgRow(Row):
    """An organization."""

    org: str


class KeyRow(Row):
    """Who a key belongs to."""

    key: str
    user: str
    email: str
    org: str
    org_name: str
    role: str
    own: list[str] | None
    scopes: list[str] | None
    clearance: str
    key_clearance: str | None
    is_platform_admin: bool


UPSERT_OWNER = Query("account/upsert_owner", OwnerParams, OrgRow)
UPSERT_KEY = Query("account/upsert_key", UpsertKeyParams, OrgRow)
GET_KEY = Query("account/get_key", KeyParams, KeyRow)
