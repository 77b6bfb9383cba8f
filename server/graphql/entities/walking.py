"""Walks over the graph: what lies around an entity, and the ways between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from graph.errors import LimitExceeded
from graph.model import registry
from graph.select.walks import within
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.reading import given_or
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.paging import check_first
from server.graphql.permissions import requires


@strawberry.type(description="A piece of the graph: entities, and the relationships among them.")
@requires(Permission.READ_GRAPH)
class Subgraph:
    """A piece of the graph."""

    nodes: list[Entity] = strawberry.field(
        description=(
            "The entities: the one in the middle, then the nearest first, in the order of hops, "
            "key, id."
        )
    )
    links: list[Link] = strawberry.field(
        description=(
            "All relationships among these entities that hold, of the asked types, in the order "
            "of their ids."
        )
    )
    truncated: bool = strawberry.field(description="Whether there are more entities than `first`.")


@strawberry.type(description="A way between two entities.")
@requires(Permission.READ_GRAPH)
class Path:
    """A way between two entities."""

    length: int = strawberry.field(description="How many relationships it has.")
    nodes: list[Entity] = strawberry.field(
        description="The entities on the way, both ends included."
    )
    links: list[Link] = strawberry.field(description="The relationships on the way, in its order.")
    confidence: float = strawberry.field(
        description="How sure the whole way is: the product of its relationships' confidences."
    )


async def neighborhood(context: Context, given: Mapping[str, Any]) -> Subgraph:
    """What lies around an entity: breadth first, each ring in the order of keys and ids."""
    at, first = given.get("at"), check_first(given_or(given.get("first"), 200))
    depth = within("depth", given_or(given.get("depth"), 1), 3)
    start = await reading.by_id(context, given["id"])
    if start is None or not start.was_known(at):
        return Subgraph(nodes=[], links=[], truncated=False)
    types = names_or(given.get("types"), registry.relationship_types())
    kinds = names_or(given.get("kinds"), registry.kinds())
    found, ring = {start.id: start}, [start]
    for _ in range(depth):
        beside = {
            each.other.id: each.other
            for record in ring
            for each in await reading.neighbours_of(context, record.id, types)
            if each.link.holds(at) and each.other.kind in kinds and each.other.id not in found
        }
        ring = sorted(beside.values(), key=lambda record: (record.key, record.id))
        found |= {record.id: record for record in ring}
    shown = list(found.values())[:first]
    among = await reading.links_among(context, [record.id for record in shown], types)
    return Subgraph(
        nodes=[Entity.of(record, at) for record in shown],
        links=[Link(record=link, at=at) for link in among if link.holds(at)],
        truncated=len(found) > len(shown),
    )


@dataclass(frozen=True)
class _Way:
    """A way so far: its entities, and the relationships between them."""

    nodes: tuple[EntityRecord, ...]
    links: tuple[LinkRecord, ...] = ()

    @property
    def order(self) -> tuple[int, str]:
        """By length, then by the ids of the relationships."""
        return len(self.links), "".join(link.id for link in self.links)

    def goes_through(self, entity_id: str) -> bool:
        """Whether an entity lies on it."""
        return any(record.id == entity_id for record in self.nodes)


async def paths(context: Context, given: Mapping[str, Any]) -> list[Path]:
    """The shortest ways between two entities that go through no entity twice."""
    at, k = given.get("at"), within("k", given_or(given.get("k"), 1), 10)
    longest = within("maxLength", given_or(given.get("max_length"), 6), 10)
    types = names_or(given.get("types"), registry.relationship_types())
    start = await reading.by_id(context, given["from"])
    if start is None or not start.was_known(at):
        return []
    arrived: list[_Way] = []
    ways = [_Way((start,))]
    for _ in range(longest):
        ways = [longer for way in ways for longer in await _longer(context, way, types, at)]
        if len(ways) > reading.MOST_CANDIDATES:
            raise LimitExceeded(
                f"more than {reading.MOST_CANDIDATES} ways to try; ask for fewer steps or types"
            )
        arrived += sorted(
            (way for way in ways if way.nodes[-1].id == given["to"]), key=lambda way: way.order
        )
        ways = [way for way in ways if way.nodes[-1].id != given["to"]]
        if len(arrived) >= k:
            break
    return [_path(way, at) for way in arrived[:k]]


async def _longer(context: Context, way: _Way, types: list[str], at: datetime | None) -> list[_Way]:
    return [
        _Way((*way.nodes, each.other), (*way.links, each.link))
        for each in await reading.neighbours_of(context, way.nodes[-1].id, types)
        if each.link.holds(at) and not way.goes_through(each.other.id)
    ]


def _path(way: _Way, at: datetime | None) -> Path:
    return Path(
        length=len(way.links),
        nodes=[Entity.of(record, at) for record in way.nodes],
        links=[Link(record=link, at=at) for link in way.links],
        confidence=round(math.prod(link.confidence for link in way.links), 6),
    )


def names_or(given: Iterable[object] | None, default: Iterable[str]) -> list[str]:
    """The names of kinds or types that were given, or the default in place of null."""
    return [str(name) for name in (default if given is None else given)]
