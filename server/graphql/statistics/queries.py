"""Asking how much there is, by kind and type, without reading any of it."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from strawberry.types.field import StrawberryField

from graph.model.registry import kinds, relationship_types
from graph.queries import statistics as queries
from graph.queries.catalog import Bound
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.permissions import requires


@strawberry.type(description="How many there are of a kind of entity or a type of relationship.")
@requires(Permission.READ_GRAPH)
class NamedCount:
    """How many there are of something."""

    name: str = strawberry.field(description="The kind or the relationship type.")
    count: int = strawberry.field(description="How many hold now.")


@strawberry.type(description="How much the organization's graph holds now.")
@requires(Permission.READ_GRAPH)
class Statistics:
    """How much the graph holds."""

    @documented()
    async def entities(self, info: Info) -> list[NamedCount]:
        """How many entities of each kind hold, by the kind's name."""
        context = info.context
        params = queries.KindsParams(
            org=context.org, readable=context.readable, kinds=sorted(kinds())
        )
        return await _counts(info, queries.COUNT_ENTITIES.bind(params))

    @documented()
    async def relationships(self, info: Info) -> list[NamedCount]:
        """How many relationships of each type hold, by the type's name."""
        context = info.context
        params = queries.TypesParams(
            org=context.org, readable=context.readable, types=sorted(relationship_types())
        )
        return await _counts(info, queries.COUNT_RELATIONSHIPS.bind(params))

    @documented()
    async def unjudged_writes(self, info: Info) -> int:
        """How many writes rules have not looked at yet; 0 when findings are up to date."""
        params = queries.OrgParams(org=info.context.org)
        row = await info.context.store.fetch_one(queries.COUNT_UNJUDGED.bind(params))
        return row.total if row else 0


@documented(needs=Permission.READ_GRAPH)
async def statistics(info: Info) -> Statistics:  # noqa: ARG001 - every root field gets it
    """How much the organization's graph holds now, by kind and type."""
    return Statistics()


async def _counts(info: Info, bound: Bound[queries.CountRow]) -> list[NamedCount]:
    rows = await info.context.store.fetch(bound)
    return [NamedCount(name=row.name, count=row.total) for row in rows]


def fields() -> Sequence[StrawberryField]:
    """The root fields of this area."""
    return [statistics]
