"""Asking which secrets there are."""

from __future__ import annotations

from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.secrets.types import Secret
from server.vault.secrets import Secrets


@documented(needs=Permission.READ_SECRETS)
async def secrets(info: Info) -> list[Secret]:
    """The organization's keys by source, name and age, without their values."""
    context = info.context
    rows = await Secrets(context.store, context.keys).listed(context.org)
    return [Secret.of(row) for row in rows]


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [secrets]
