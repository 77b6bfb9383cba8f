"""Asking where one is signed in."""

from __future__ import annotations

from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.sessions.types import Session


@documented(needs=Permission.READ_ACCOUNT)
async def sessions(info: Info) -> list[Session]:
    """Where one is signed in, in whichever organization, last used first. At most 100: one more ends the oldest."""
    principal = info.context.principal
    rows = await info.context.sessions.list_of(principal.user)
    return [Session.of(row, principal.session) for row in rows]


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [sessions]
