"""Asking which entities belong together."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types.base import StrawberryList
from strawberry.types.field import StrawberryField

from graph.analysis.communities import Community as Found
from graph.analysis.communities import Grouping, communities
from graph.analysis.connecting import Edge, specificity
from graph.errors import InvalidQuestion, LimitExceeded
from graph.model import registry
from graph.queries import community as queries
from graph.queries import entity
from server.auth.policy import Permission
from server.graphql.communities.types import Communities, Community, Grouped
from server.graphql.context import Context, Info
from server.graphql.declare import argument, field, nullable
from server.graphql.entities import reading
from server.graphql.entities.queries import AT
from server.graphql.entities.record import LinkRecord
from server.graphql.entities.vocabulary import EntityKind, RelationshipType
from server.graphql.entities.walking import names_or
from server.graphql.paging import check_first

MOST_ENTITIES = 5_000
MOST_LINKS = 20_000
LEAST_RESOLUTION, MOST_RESOLUTION = 0.1, 10.0
_REMEDY = "name a run, or fewer kinds or types"


@dataclass(frozen=True)
class _Scope:
    """What is grouped."""

    run: str | None
    kinds: list[str]
    types: list[str]
    at: datetime | None


async def _communities(_: Any, info: Info, given: Mapping[str, Any]) -> Communities | None:
    first = check_first(reading.given_or(given.get("first"), 10))
    resolution = reading.given_or(given.get("resolution"), 1.0)
    if not LEAST_RESOLUTION <= resolution <= MOST_RESOLUTION:
        raise InvalidQuestion(
            f"resolution is {resolution:g}; it may be {LEAST_RESOLUTION:g} to {MOST_RESOLUTION:g}"
        )
    scope = _Scope(
        given.get("run"),
        names_or(given.get("kinds"), registry.kinds()),
        names_or(given.get("types"), registry.relationship_types()),
        given.get("at"),
    )
    kinds = await _kinds(info.context, scope)
    if kinds is None:
        return None
    links = await _links(info.context, scope, list(kinds))
    edges = [Edge(each.id, (each.source_id, each.target_id), each.confidence) for each in links]
    specific = await _specific(info.context, links)
    # It takes as long as there is much; others must not wait for that.
    grouping, shown = await asyncio.to_thread(_grouped, edges, specific, resolution, first)
    among = {link.id: link for link in links}
    return Communities(
        nodes=[
            Community(
                size=len(each.members),
                cohesion=each.cohesion,
                grouped=Grouped(each, among, kinds, scope.at),
            )
            for each in shown
        ],
        count=len(grouping.groups),
        parts=grouping.parts,
        entities=sum(map(len, grouping.groups)),
    )


def _grouped(
    edges: Sequence[Edge], specific: Mapping[str, float], resolution: float, first: int
) -> tuple[Grouping, list[Found]]:
    """The groups, and the largest of them described."""
    found = communities(edges, specific, resolution)
    return found, [found.describe(at) for at in range(min(first, len(found.groups)))]


async def _kinds(context: Context, scope: _Scope) -> dict[str, str] | None:
    """The kinds of the entities that are looked at, by their ids; None where there is no such run."""
    asked = queries.ScopeParams(
        org=context.org, readable=context.readable, kinds=scope.kinds, most=MOST_ENTITIES + 1
    )
    if scope.run is None:
        bound = queries.LIST_SCOPE.bind(asked)
    else:
        reader = context.principal.user
        of_run = queries.RunScopeParams(**asked.model_dump(), run=scope.run, user=reader)
        bound = queries.LIST_RUN_SCOPE.bind(of_run)
    row = await context.store.fetch_one(bound)
    if row is not None and len(row.entities) > MOST_ENTITIES:
        raise LimitExceeded(f"there are more than {MOST_ENTITIES} entities to group; {_REMEDY}")
    return None if row is None else dict(row.entities)


async def _links(context: Context, scope: _Scope, ids: list[str]) -> list[LinkRecord]:
    """The relationships among them that hold at the moment asked about."""
    asked = queries.AmongParams(
        org=context.org, readable=context.readable, ids=ids, types=scope.types
    )
    row = await context.store.fetch_one(queries.COUNT_LINKS_AMONG.bind(asked))
    if row is not None and row.total > MOST_LINKS:
        raise LimitExceeded(
            f"there are {row.total} relationships among them, more than {MOST_LINKS}; {_REMEDY}"
        )
    found = await reading.links_among(context, ids, scope.types)
    return [link for link in found if link.holds(scope.at)]


async def _specific(context: Context, links: Sequence[LinkRecord]) -> dict[str, float]:
    """How specific each entity is, by how many others of those looked at have a relationship with it."""
    beside: dict[str, set[str]] = defaultdict(set)
    for link in links:
        beside[link.source_id].add(link.target_id)
        beside[link.target_id].add(link.source_id)
    params = entity.BesideParams(
        org=context.org, readable=context.readable, ids=sorted(beside), types=[], most=0
    )
    common = {
        row.id
        for row in await context.store.fetch(entity.LIST_BESIDE.bind(params))
        if row.is_common
    }
    return {
        one: specificity(len(others), is_common=one in common) for one, others in beside.items()
    }


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "communities",
            nullable(Communities),
            (
                "The groups that a part of the graph falls into: entities that have more to do with each other than "
                "with others. A relationship counts for as much as it is sure and what it joins is specific. Null "
                "where there is no such run."
            ),
            arguments=[
                argument(
                    "run",
                    nullable(strawberry.ID),
                    "Only what this run had in its scope; null for all that is known.",
                    None,
                ),
                argument(
                    "kinds",
                    nullable(StrawberryList(EntityKind)),
                    "Only entities of these kinds; null for all.",
                    None,
                ),
                argument(
                    "types",
                    nullable(StrawberryList(RelationshipType)),
                    "Only along these types; null for all.",
                    None,
                ),
                argument(
                    "resolution",
                    nullable(float),
                    f"How fine groups are, {LEAST_RESOLUTION:g} to {MOST_RESOLUTION:g}: over 1 smaller, below larger.",
                    1.0,
                ),
                argument("first", nullable(int), "How many groups to give at most, 0 to 500.", 10),
                AT,
            ],
            resolve=_communities,
            needs=Permission.READ_GRAPH,
        )
    ]
