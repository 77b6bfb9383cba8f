"""Asking which queries are saved."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.saved.finding import seen
from server.graphql.saved.types import SavedQuery


@documented(needs=Permission.READ_GRAPH)
async def saved_queries(info: Info) -> list[SavedQuery]:
    """The saved queries that the caller may see: their own, then those that others share, by name."""
    return [SavedQuery.of(each) for each in await seen(info.context)]


@documented(needs=Permission.READ_GRAPH)
async def saved_query(
    info: Info,
    id: Annotated[
        strawberry.ID,
        strawberry.argument(
            description="Its id, or its name: one's own of that name, else the one that is shared."
        ),
    ],
) -> SavedQuery | None:
    """One saved query; null where there is none that the caller may see."""
    found = await seen(info.context, id)
    return SavedQuery.of(found[0]) if found else None


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [saved_queries, saved_query]
