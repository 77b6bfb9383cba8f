"""Identities at sign-in providers, and the memberships that providers manage."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class IdentityParams(Params):
    """An identity at a provider."""

    issuer: str
    subject: str


class LinkIdentityParams(Params):
    """An identity that is to open the account with an address."""

    email: str
    issuer: str
    subject: str
    now: datetime


class FederatedUserParams(Params):
    """An account to be made for an identity."""

    id: str
    email: str
    name: str | None
    issuer: str
    subject: str
    now: datetime


class NamesParams(Params):
    """Organizations by id or name."""

    names: list[str]


class ManagedParams(Params):
    """What a provider says a user belongs to: `id`, `org`, `role`, `clearance` of each membership."""

    user: str
    issuer: str
    wanted: list[dict[str, str]]
    now: datetime


class IdentityRow(Row):
    """Whose an identity is."""

    user: str
    email: str
    is_suspended: bool


class UserRow(Row):
    """A user's id."""

    user: str


class NamedRow(Row):
    """An organization, and what it was named by."""

    named: str
    org: str


class RenewedRow(Row):
    """A membership that is not as it was: GIVEN, CHANGED or ENDED; its role and clearance, or those it had."""

    org: str
    change: str
    role: str
    clearance: str


GET_IDENTITY = Query("auth/get_identity", IdentityParams, IdentityRow)
LINK_IDENTITY = Query("auth/link_identity", LinkIdentityParams, UserRow)
UPSERT_FEDERATED_USER = Query("auth/upsert_federated_user", FederatedUserParams, UserRow)
LIST_NAMED_ORGANIZATIONS = Query("auth/list_named_organizations", NamesParams, NamedRow)
RENEW_MANAGED_MEMBERSHIPS = Query("auth/renew_managed_memberships", ManagedParams, RenewedRow)
