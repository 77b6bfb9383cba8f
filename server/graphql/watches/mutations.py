"""Watching saved queries."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.payload import told
from server.graphql.saved.mutations import SavedQueryPayload
from server.graphql.saved.types import SavedQuery
from server.graphql.watches import keeping

Called = Annotated[strawberry.ID, strawberry.argument(description="Its id, or its name.")]


@documented(needs=Permission.ANNOTATE)
@told(SavedQueryPayload)
async def watch_query(
    info: Info,
    id: Called,
    is_told: Annotated[
        bool | None,
        strawberry.argument(
            description="Whether channels that tell of WATCH_CHANGED tell of its changes; null to leave that as it is, "
            "false at first."
        ),
    ] = None,
) -> SavedQueryPayload:
    """Watch a saved query of one's own: it is asked as things happen, and what changes in its answer is kept and told.

    It is asked as its owner might ask it then, so each of its variables has a value or a default. Done again, it is
    asked at once.
    """
    kept = await keeping.watch(info.context, id, is_told=is_told)
    return SavedQueryPayload(query=SavedQuery.of(kept))


@documented(needs=Permission.ANNOTATE)
@told(SavedQueryPayload)
async def unwatch_query(info: Info, id: Called) -> SavedQueryPayload:
    """Watch a saved query no more, and forget its answer and what changed in it. The query stays."""
    kept = await keeping.unwatch(info.context, id)
    return SavedQueryPayload(query=SavedQuery.of(kept))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [watch_query, unwatch_query]
