"""Accounts: users and their API keys. Who belongs to what is in `graph.queries.organization`."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class OwnerParams(Params):
    """The first user, with everything that belongs to one."""

    user: str
    email: str
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
    org: str | None = None
    key: str
    prefix: str
    hash: str
    name: str
    scopes: list[str] | None = None
    clearance: str | None = None
    expires_at: datetime | None = None
    replaces: str | None = None
    now: datetime


class KeyParams(Params):
    """A key by its hash, as of now."""

    hash: str
    now: datetime


class KeysParams(Params):
    """An organization's keys, of one user or (None) of all."""

    org: str
    user: str | None


class OpenKeysParams(Params):
    """A user's keys for an organization that have not ended by now."""

    org: str
    user: str
    now: datetime


class KeyPageParams(KeysParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class FindKeyParams(Params):
    """A key by its id or prefix; None for any organization, any user."""

    org: str | None
    id: str
    user: str | None


class CloseKeyParams(Params):
    """When a key ends; `revoked_at` where it ends at once, `rotated_at` where another takes its place."""

    org: str
    id: str
    revoked_at: datetime | None
    rotated_at: datetime | None
    expires_at: datetime


class KeyUseParams(Params):
    """That a key was used."""

    id: str
    now: datetime


class EmailParams(Params):
    """A user by address."""

    email: str


class UserPageParams(Params):
    """A page of users, by address."""

    behind: str
    limit: int


class UpsertUserParams(Params):
    """A user to be made. `password` is a hash."""

    id: str
    email: str
    name: str | None
    password: str | None
    is_platform_admin: bool
    now: datetime


class UserStateParams(Params):
    """Since when a user is suspended; None where not."""

    email: str
    suspended_at: datetime | None


class ResetParams(Params):
    """A token by which a user may set a password."""

    email: str
    hash: str
    now: datetime
    expires_at: datetime


class OrgRow(Row):
    """An organization."""

    org: str


class IdRow(Row):
    """One id."""

    id: str


class TotalRow(Row):
    """How many."""

    total: int


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
    used_at: datetime | None


class ListedKeyRow(Row):
    """A key as people see it."""

    id: str
    org: str
    prefix: str
    name: str
    user: str
    email: str
    scopes: list[str] | None
    clearance: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None
    used_at: datetime | None
    replaces: str | None


class UsersOrganization(Row):
    """An organization that a user belongs to."""

    id: str
    name: str
    role: str


class UserRow(Row):
    """A user and what they belong to."""

    id: str
    email: str
    name: str | None
    created_at: datetime
    suspended_at: datetime | None
    is_platform_admin: bool
    organizations: list[UsersOrganization]


class MadeUserRow(Row):
    """A user, and whether they were made now."""

    id: str
    is_new: bool


class UserIdRow(Row):
    """A user's id."""

    user: str


UPSERT_OWNER = Query("account/upsert_owner", OwnerParams, OrgRow)

GET_KEY = Query("account/get_key", KeyParams, KeyRow)
LIST_KEYS = Query("account/list_keys", KeyPageParams, ListedKeyRow)
COUNT_KEYS = Query("account/count_keys", KeysParams, TotalRow)
COUNT_OPEN_KEYS = Query("account/count_open_keys", OpenKeysParams, TotalRow)
FIND_KEY = Query("account/find_key", FindKeyParams, ListedKeyRow)
UPSERT_KEY = Query("account/upsert_key", UpsertKeyParams, OrgRow)
CLOSE_KEY = Query("account/close_key", CloseKeyParams, IdRow)
UPSERT_KEY_USE = Query("account/upsert_key_use", KeyUseParams, IdRow)

GET_USER = Query("account/get_user", EmailParams, UserRow)
LIST_USERS = Query("account/list_users", UserPageParams, UserRow)
UPSERT_USER = Query("account/upsert_user", UpsertUserParams, MadeUserRow)
UPSERT_USER_STATE = Query("account/upsert_user_state", UserStateParams, IdRow)
UPSERT_RESET = Query("account/upsert_reset", ResetParams, UserIdRow)
