"""Asking how two entities are connected."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types.base import StrawberryList
from strawberry.types.field import StrawberryField

from graph.analysis.connecting import Edge, Way, credible_ways, cut, specificity
from graph.analysis.exploring import HUB, Beside, Between, explore
from graph.errors import InvalidQuestion
from graph.model import registry
from graph.queries import entity as queries
from graph.queries.identity import LIST_JOINING, ManyParams
from graph.select.identity import SAME, check_now
from graph.select.walks import within
from server.auth.policy import Permission
from server.graphql.connections.types import Connection, CredibleWay
from server.graphql.context import Context, Info
from server.graphql.declare import argument, field, nullable
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.queries import AT, THROUGH
from server.graphql.entities.record import EntityRecord, LinkRecord
from server.graphql.entities.vocabulary import RelationshipType
from server.graphql.entities.walking import names_or

MOST_WAYS = 10
LONGEST = 8


async def _connection(_: Any, info: Info, given: Mapping[str, Any]) -> Connection | None:
    k, longest = reading.given_or(given.get("k"), 3), reading.given_or(given.get("max_length"), 6)
    within("k", k, MOST_WAYS)
    within("maxLength", longest, LONGEST)
    one, other, at = given["from"], given["to"], given.get("at")
    if one == other:
        raise InvalidQuestion("to: it is the same entity as from; two different ones are right")
    context: Context = info.context
    ends = await reading.by_ids(context, [one, other])
    if len(ends) < 2 or not all(each.was_known(at) for each in ends):
        return None
    is_resolved = bool(given.get("resolved"))
    if is_resolved:
        check_now(at)
    types = names_or(given.get("types"), registry.relationship_types())
    asking = _Asking(context, types, at, is_resolved=is_resolved)
    between = await explore(asking.beside, one, other, longest)
    net = await asking.loaded(between)
    # Both take as long as there is much between them; others must not wait for that.
    ways = await asyncio.to_thread(credible_ways, net.edges, net.specific, (one, other), longest, k)
    missing = await asyncio.to_thread(cut, net.edges, (one, other)) if ways else []
    through = {each for way in ways for each in way.entities}
    entities = {each.id: each for each in await reading.by_ids(context, sorted(through))}
    return Connection(
        ways=[net.shown(way, entities) for way in ways],
        cut=[Link(record=net.links[link], at=at) for link in missing],
        is_whole=between.is_whole,
    )


@dataclass(frozen=True)
class _Net:
    """What lies between, as it holds at the moment asked about; `same` has the ends of those that are one, by pair."""

    links: Mapping[str, LinkRecord]
    same: Mapping[str, tuple[str, str]]
    specific: Mapping[str, float]
    at: datetime | None

    @property
    def edges(self) -> list[Edge]:
        """The relationships in the order of their ids, then who is one with whom."""
        return [
            *(
                Edge(link.id, (link.source_id, link.target_id), link.confidence)
                for link in self.links.values()
            ),
            *(Edge(pair, ends, 1.0, is_fact=False) for pair, ends in self.same.items()),
        ]

    def shown(self, way: Way, entities: Mapping[str, EntityRecord]) -> CredibleWay:
        """A way as the schema has it; `entities` are those that ways go through."""
        return CredibleWay(
            credibility=round(way.credibility, 6),
            confidence=way.confidence,
            specificity=way.specificity,
            nodes=[Entity.of(entities[each], self.at) for each in way.entities],
            links=[
                Link(record=self.links[each], at=self.at)
                for each in way.links
                if each in self.links
            ],
        )


@dataclass(frozen=True)
class _Asking:
    """Reads of the graph what the caller may read of it."""

    context: Context
    types: list[str]
    at: datetime | None
    is_resolved: bool

    async def beside(self, ids: Collection[str], most: int) -> Mapping[str, Beside]:
        """What lies beside entities."""
        if not ids:
            return {}
        params = queries.BesideParams(
            org=self.context.org, readable=self.context.readable, ids=sorted(ids), most=most,
            types=[*self.types, SAME] if self.is_resolved else self.types,
        )  # fmt: skip
        rows = await self.context.store.fetch(queries.LIST_BESIDE.bind(params))
        return {row.id: Beside(tuple(row.beside), row.is_common) for row in rows}

    async def loaded(self, between: Between) -> _Net:
        """The relationships that were explored, and how specific the entities are."""
        among = await reading.links_among(self.context, sorted(between.entities), self.types)
        beside = {**between.beside}
        beside |= await self.beside(between.entities - beside.keys(), HUB + 1)
        return _Net(
            {link.id: link for link in among if link.id in between.links and link.holds(self.at)},
            await self._same(between),
            {
                one: specificity(len(each.links), is_common=each.is_common)
                for one, each in beside.items()
            },
            self.at,
        )

    async def _same(self, between: Between) -> dict[str, tuple[str, str]]:
        """The explored pairs of entities that are one."""
        if not self.is_resolved:
            return {}
        wanted = ManyParams(
            org=self.context.org, readable=self.context.readable, ids=sorted(between.entities)
        )
        rows = [row.properties for row in await self.context.store.fetch(LIST_JOINING.bind(wanted))]
        return {
            each["id"]: (each["left"], each["right"])
            for each in rows
            if each["id"] in between.links
        }


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "connection",
            nullable(Connection),
            (
                "How two entities are connected, along relationships that hold, in any direction: by the most "
                "credible ways, and what the connection hangs on. Null where one of the two is not known."
            ),
            arguments=[
                argument("from", strawberry.ID, "The one entity."),
                argument("to", strawberry.ID, "The other."),
                argument(
                    "k", nullable(int), f"How many ways to give at most, 1 to {MOST_WAYS}.", 3
                ),
                argument(
                    "max_length",
                    nullable(int),
                    f"How many relationships a way may have, 1 to {LONGEST}.",
                    6,
                ),
                argument(
                    "types",
                    nullable(StrawberryList(RelationshipType)),
                    "Only along these types; null for all.",
                    None,
                ),
                AT,
                THROUGH,
            ],
            resolve=_connection,
            needs=Permission.READ_GRAPH,
        )
    ]
