"""What groups of entities are in the schema."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import strawberry

from graph.analysis.communities import Community as Found
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.paging import First, check_first
from server.graphql.permissions import requires


@dataclass(frozen=True)
class Grouped:
    """A group, the relationships and the kinds of entities that it was made from, and the moment that is looked at."""

    found: Found
    links: Mapping[str, LinkRecord]
    kinds: Mapping[str, str]
    at: datetime | None


@strawberry.type(description="How many of a group are of a kind.")
@requires(Permission.READ_GRAPH)
class KindCount:
    """How many of a group are of a kind."""

    kind: str = strawberry.field(description="The kind of entity.")
    count: int = strawberry.field(description="How many of the group are of it.")


@strawberry.type(description="An entity of a group, and how much of the group hangs on it.")
@requires(Permission.READ_GRAPH)
class CommunityMember:
    """An entity of a group."""

    entity: Entity = strawberry.field(description="The entity itself.")
    centrality: float = strawberry.field(
        description="Through how many of the shortest ways between others of the group it lies, as a share of all "
        "(betweenness), 0 to 1: who has much of it holds the group together."
    )


@strawberry.type(
    description="Entities that have more to do with each other than with others, by how credible what joins them is."
)
@requires(Permission.READ_GRAPH)
class Community:
    """A group of entities."""

    size: int = strawberry.field(description="How many entities it has.")
    cohesion: float = strawberry.field(
        description="How much of the credibility of its entities' relationships lies within it, 0 to 1: 1 where "
        "nothing leads out of it."
    )
    grouped: strawberry.Private[Grouped]

    @documented()
    def kinds(self) -> list[KindCount]:
        """How many entities it has of each kind, most first."""
        counts = Counter(self.grouped.kinds[each] for each in self.grouped.found.members)
        order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return [KindCount(kind=kind, count=count) for kind, count in order]

    @documented()
    async def members(self, info: Info, first: First = 10) -> list[CommunityMember]:
        """Its entities, those first that most of it hangs on."""
        shown = self.grouped.found.members[: check_first(first or 0)]
        context: Context = info.context
        read = partial(_entities, context)
        found = await asyncio.gather(*(context.together("entity", each, read) for each in shown))
        return [
            CommunityMember(
                entity=Entity.of(record, self.grouped.at),
                centrality=self.grouped.found.centrality[record.id],
            )
            for record in found
            if record is not None
        ]

    @documented()
    def leaving(self, first: First = 10) -> list[Link]:
        """Relationships that lead out of it to other groups, the most credible first."""
        shown = self.grouped.found.leaving[: check_first(first or 0)]
        return [Link(record=self.grouped.links[each], at=self.grouped.at) for each in shown]


@strawberry.type(description="The groups that a part of the graph falls into.")
@requires(Permission.READ_GRAPH)
class Communities:
    """The groups that a part of the graph falls into."""

    nodes: list[Community] = strawberry.field(description="The largest groups, the largest first.")
    count: int = strawberry.field(description="How many groups there are in all.")
    parts: int = strawberry.field(
        description="Into how many parts the graph falls that no relationship joins: its connected components."
    )
    entities: int = strawberry.field(
        description="How many entities are in a group: those that have a relationship with another one looked at."
    )


async def _entities(context: Context, ids: Sequence[str]) -> dict[str, EntityRecord]:
    return {each.id: each for each in await reading.by_ids(context, ids)}
