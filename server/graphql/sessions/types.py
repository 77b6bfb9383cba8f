"""A session as its user sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from graph.queries.auth_sessions import ListedRow
from server.auth.policy import Permission
from server.graphql.permissions import requires


@strawberry.type(description="Somewhere one is signed in.")
@requires(Permission.READ_ACCOUNT)
class Session:
    """Somewhere one is signed in."""

    id: strawberry.ID = strawberry.field(description="The session's id.")
    organization_id: strawberry.ID = strawberry.field(
        description="The id of the organization it is in."
    )
    organization: str = strawberry.field(description="The organization's name.")
    kind: str = strawberry.field(description="`COOKIE` for a browser, `TOKEN` for a program.")
    method: str = strawberry.field(
        description="How one signed in, such as `PASSWORD` or `PASSWORD+TOTP`; `SWITCH` after a change of organization."
    )
    address: str = strawberry.field(description="The network address that it began from.")
    agent: str = strawberry.field(description="What the browser or program calls itself.")
    created_at: datetime = strawberry.field(description="When it began.")
    last_seen_at: datetime = strawberry.field(
        description="When it was last used, to about a minute."
    )
    expires_at: datetime = strawberry.field(description="When it ends at the latest.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, row: ListedRow, current: str) -> Self:
        """From what is listed; `current` is the id of the session that asks."""
        return cls(
            id=strawberry.ID(row.id),
            organization_id=strawberry.ID(row.org),
            organization=row.org_name,
            kind=row.kind,
            method=row.method,
            address=row.address,
            agent=row.agent,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            is_current=row.id == current,
        )
