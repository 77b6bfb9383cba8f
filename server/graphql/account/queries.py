"""Asking who one is."""

from __future__ import annotations

import enum

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import described, documented
from server.graphql.permissions import requires


@described(
    "What somebody is in an organization.",
    OWNER="May do everything.",
    ANALYST="May read, scan, import, assert and note.",
    VIEWER="May read.",
)
class AccountRole(enum.StrEnum):
    """What somebody is in an organization."""

    OWNER = "OWNER"
    ANALYST = "ANALYST"
    VIEWER = "VIEWER"


@strawberry.type(description="Who asks, and for which organization.")
@requires(Permission.READ_ACCOUNT)
class Account:
    """Who asks, and for which organization."""

    id: strawberry.ID = strawberry.field(description="The user's id.")
    email: str = strawberry.field(description="The user's e-mail address.")
    organization_id: strawberry.ID = strawberry.field(description="The organization's id.")
    organization: str = strawberry.field(description="The organization's name.")
    role: AccountRole = strawberry.field(description="What the user is in the organization.")
    permissions: list[str] = strawberry.field(
        description="What the user may do, in alphabetical order."
    )


@documented(needs=Permission.READ_ACCOUNT)
async def me(info: Info) -> Account:
    """Whom the key belongs to, and what it allows."""
    principal = info.context.principal
    return Account(
        id=strawberry.ID(principal.user),
        email=principal.email,
        organization_id=strawberry.ID(principal.org),
        organization=principal.org_name,
        role=AccountRole(principal.role.value),
        permissions=sorted(principal.permissions),
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [me]
