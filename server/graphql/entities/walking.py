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
from graph.queries.identity import LIST_SAME, OneParams
from graph.select.identity import check_now
from graph.select.walks import within
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.reading import given_or
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.entities.resolved import members_of
from server.graphql.paging import check_first
from server.graphql.permissions import requires


@strawberry.type(description="A piece of the graph: entities, and the relationships among them.")
@requires(Permission.READ_GRAPH)
class Subgraph:
    """A piece of the graph."""

    nodes: list[Entity] = strawberry.field(
        description=(
            "The entities: the one in the middle, then the nearest first, in the order of hops, "
            "key, id; with `resolved`, whoever is one with some of them behind these."
        )
    )
    links: list[Link] = strawberry.field(
        description=(
            "All relationships among these entities that hold, of the asked types, in the order "
            "of their ids."
        )
    )
    identities: list[list[strawberry.ID]] = strawberry.field(
        description="Which of these entities are held to be one: groups of two or more, by their ids."
    )
    truncated: bool = strawberry.field(description="Whether there are more entities than `first`.")


@strawberry.type(description="A way between two entities.")
@requires(Permission.READ_GRAPH)
class Path:
    """A way between two entities."""

    length: int = strawberry.field(
        description=(
            "How many steps it has: its relationships, and with `resolved` the passages from an "
            "entity to one that is held to be one with it."
        )
    )
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
        return Subgraph(nodes=[], links=[], identities=[], truncated=False)
    types = names_or(given.get("types"), registry.relationship_types())
    kinds = names_or(given.get("kinds"), registry.kinds())
    is_resolved = bool(given.get("resolved"))
    found, ring = {start.id: start}, [start]
    if is_resolved:
        ring += await _same(context, ring, at, found)
        found |= {record.id: record for record in ring}
    for _ in range(depth):
        beside = {
            each.other.id: each.other
            for record in ring
            for each in await reading.neighbours_of(context, record.id, types)
            if each.link.holds(at) and each.other.kind in kinds and each.other.id not in found
        }
        ring = _in_order(beside.values())
        found |= {record.id: record for record in ring}
        if is_resolved:
            ring += [r for r in await _same(context, ring, at, found) if r.kind in kinds]
            found |= {record.id: record for record in ring}
    shown = list(found.values())[:first]
    ids = [record.id for record in shown]
    among = await reading.links_among(context, ids, types)
    return Subgraph(
        nodes=[Entity.of(record, at) for record in shown],
        links=[Link(record=link, at=at) for link in among if link.holds(at)],
        identities=await _identities(context, ids, at),
        truncated=len(found) > len(shown),
    )


def _in_order(records: Iterable[EntityRecord]) -> list[EntityRecord]:
    return sorted(records, key=lambda record: (record.key, record.id))


async def _same(
    context: Context, ring: Iterable[EntityRecord], at: datetime | None, found: Iterable[str]
) -> list[EntityRecord]:
    """Who is one with those of a ring and was not found yet."""
    groups = await members_of(context, [record.id for record in ring], at)
    others = {each for group in groups.values() for each in group}.difference(found)
    return _in_order(await reading.by_ids(context, sorted(others)))


async def _identities(
    context: Context, ids: list[str], at: datetime | None
) -> list[list[strawberry.ID]]:
    """Which of these entities are one."""
    groups = await members_of(context, ids, at)
    shown = {tuple(each for each in group if each in groups) for group in groups.values()}
    return [[strawberry.ID(each) for each in group] for group in sorted(shown) if len(group) > 1]


@dataclass(frozen=True)
class _Way:
    """A way so far: its entities, the relationships between them, and the ids of its steps."""

    nodes: tuple[EntityRecord, ...]
    links: tuple[LinkRecord, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, str]:
        """By length, then by the ids of the steps."""
        return len(self.steps), "".join(self.steps)

    def goes_through(self, entity_id: str) -> bool:
        """Whether an entity lies on it."""
        return any(record.id == entity_id for record in self.nodes)


async def paths(context: Context, given: Mapping[str, Any]) -> list[Path]:
    """The shortest ways between two entities that go through no entity twice."""
    at, k = given.get("at"), within("k", given_or(given.get("k"), 1), 10)
    longest = within("maxLength", given_or(given.get("max_length"), 6), 10)
    types = names_or(given.get("types"), registry.relationship_types())
    is_resolved = bool(given.get("resolved"))
    if is_resolved:
        check_now(at)
    start = await reading.by_id(context, given["from"])
    if start is None or not start.was_known(at):
        return []
    arrived: list[_Way] = []
    ways = [_Way((start,))]
    for _ in range(longest):
        further = [longer for way in ways for longer in await _longer(context, way, types, at)]
        if is_resolved:
            further += [longer for way in ways for longer in await _through(context, way)]
        ways = further
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
        _Way((*way.nodes, each.other), (*way.links, each.link), (*way.steps, each.link.id))
        for each in await reading.neighbours_of(context, way.nodes[-1].id, types)
        if each.link.holds(at) and not way.goes_through(each.other.id)
    ]


async def _through(context: Context, way: _Way) -> list[_Way]:
    """The way, gone on to those with which its end is directly held to be one."""
    given = {"org": context.org, "readable": context.readable, "id": way.nodes[-1].id}
    steps = {
        row.other: row.id for row in await context.store.fetch(LIST_SAME.bind(OneParams(**given)))
    }
    return [
        _Way((*way.nodes, other), way.links, (*way.steps, steps[other.id]))
        for other in await reading.by_ids(context, sorted(steps))
        if not way.goes_through(other.id)
    ]


def _path(way: _Way, at: datetime | None) -> Path:
    return Path(
        length=len(way.steps),
        nodes=[Entity.of(record, at) for record in way.nodes],
        links=[Link(record=link, at=at) for link in way.links],
        confidence=round(math.prod(link.confidence for link in way.links), 6),
    )


def names_or(given: Iterable[object] | None, default: Iterable[str]) -> list[str]:
    """The names of kinds or types that were given, or the default in place of null."""
    return [str(name) for name in (default if given is None else given)]
