"""Asking who one is."""

from __future__ import annotations

from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.account.types import Account
from server.graphql.context import Info
from server.graphql.declare import documented


@documented(needs=Permission.READ_ACCOUNT)
async def me(info: Info) -> Account:
    """Whom the key belongs to, and what it allows."""
    return Account.of(info.context.principal)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [me]
