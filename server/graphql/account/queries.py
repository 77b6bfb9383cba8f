"""Asking who one is."""

from __future__ import annotations

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.permissions import requires


@strawberry.type(description="Who asks, and for which organization.")
@requires(Permission.READ_ACCOUNT)
class Account:
    """Who asks, and for which organization."""

    id: strawberry.ID = strawberry.field(description="The user's id.")
    email: str = strawberry.field(description="The user's e-mail address.")
    organization_id: strawberry.ID = strawberry.field(description="The organization's id.")
    organization: str = strawberry.field(description="The organization's name.")
    role: str = strawberry.field(
        description="What the user is in the organization: OWNER, ADMIN, LEAD, ANALYST, VIEWER, INGEST, AUDITOR, or a "
        "role of the organization's own."
    )
    permissions: list[str] = strawberry.field(
        description="What the user may do with this credential, in alphabetical order."
    )
    clearance: str = strawberry.field(
        description="The strictest marking (TLP 2.0) that the user may read: CLEAR, GREEN, AMBER, AMBER_STRICT or RED."
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
        role=principal.role,
        permissions=sorted(principal.permissions),
        clearance=principal.clearance,
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [me]
