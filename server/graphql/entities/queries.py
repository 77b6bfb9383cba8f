"""The root fields on collected entities: one, lists, neighbourhoods, paths, differences, reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryList
from strawberry.types.field import StrawberryField

from graph.model import registry
from graph.model.base import Entity as EntityModel
from server.auth.policy import Permission
from server.graphql import declare
from server.graphql.context import Info
from server.graphql.declare import DeclaredField, Kind, argument, list_of, nullable
from server.graphql.entities import diff, reading, walking
from server.graphql.entities.facts import Entity
from server.graphql.entities.filters import EntityOrder, EntityWhere, where_of
from server.graphql.entities.provenance import Reason, reasons_of_id
from server.graphql.entities.reads import to_snake
from server.graphql.entities.resolved import note_resolved
from server.graphql.entities.types import (
    EntityEdge,
    Page,
    entity_connection,
    kind_connection,
    type_of,
)
from server.graphql.entities.vocabulary import EntityKind, RelationshipType

field = partial(declare.field, needs=Permission.READ_GRAPH)

AT = argument(
    "at",
    nullable(datetime),
    "Answer as it was known at this moment, for everything below; null for now.",
    None,
)
RESOLVED = argument(
    "resolved",
    nullable(bool),
    "Whether relationships below are those of all entities that are held to be one (`identity`).",
    False,
)

THROUGH = argument(
    "resolved",
    nullable(bool),
    (
        "Whether a way may pass from an entity to another that is held to be one with it "
        "(`identity`), in a step of its own. As it is now: not with `at`."
    ),
    False,
)


def _page() -> list[StrawberryArgument]:
    return [
        argument("first", nullable(int), "How many to give at most, 0 to 500.", 25),
        argument(
            "after",
            nullable(str),
            "Go on behind this cursor, an `endCursor` of an earlier page.",
            None,
        ),
    ]


def _list(where: Kind) -> list[StrawberryArgument]:
    return [
        *_page(),
        argument(
            "search",
            nullable(str),
            (
                "Words that must all occur in what is searched (names, captions, aliases, "
                "banners); the last may be the beginning of a word."
            ),
            None,
        ),
        argument("where", nullable(where), "Only entities that meet this.", None),
        argument(
            "order_by",
            nullable(EntityOrder),
            "The order; without one by key.",
            None,
        ),
        argument("include_closed", nullable(bool), "Also what holds no longer.", False),
        AT,
        RESOLVED,
    ]


def fields() -> list[StrawberryField]:
    """All root fields on collected entities."""
    return [*_general(), *_per_kind(), *_walks(), *_differences()]


def _general() -> list[DeclaredField]:
    return [
        field(
            "entity",
            nullable(Entity),
            (
                "One entity by its id, whether or not it still holds; null where there is none, "
                "or where it was not yet known at `at`."
            ),
            arguments=[argument("id", strawberry.ID, "The entity's id."), AT, RESOLVED],
            resolve=_entity,
        ),
        field(
            "entities",
            entity_connection(),
            "Entities of any kind.",
            arguments=[
                *_list(EntityWhere),
                argument(
                    "kinds", nullable(list_of(EntityKind)), "Only these kinds; null for all.", None
                ),
            ],
            resolve=_entities,
        ),
        field(
            "why",
            list_of(Reason),
            (
                "Why something holds, by the id of an entity, a relationship or a finding: the "
                "answers it rests on, most reliable first, then latest first. For a finding, the "
                "answers that its subject and evidence rest on. Empty where there is no such "
                "thing."
            ),
            arguments=[
                argument("id", strawberry.ID, "The id of an entity, a relationship or a finding."),
                argument("first", nullable(int), "How many reasons to give at most, 0 to 100.", 10),
            ],
            resolve=_why,
        ),
    ]


def _per_kind() -> Iterator[DeclaredField]:
    for kind in registry.kinds().values():
        yield _one(kind)
        yield _many(kind)


def singular(kind: type[EntityModel]) -> str:
    """The root field of one entity of a kind: `domainName`, `ipAddress`, `url`."""
    name = kind.__name__
    capitals = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    head = capitals if capitals in (1, len(name)) else capitals - 1
    return name[:head].lower() + name[head:]


def _one(kind: type[EntityModel]) -> DeclaredField:
    async def resolve(_: Any, info: Info, given: Mapping[str, Any]) -> Entity | None:
        entity = registry.make(kind.__name__, given["key"])
        return await _known(info, entity.id_in(info.context.org), given)

    name = singular(kind)
    return field(
        to_snake(name),
        nullable(type_of(kind)),
        (
            f"One {kind.__name__} by its key in any spelling, whether or not it still holds; "
            f"null where there is none. {kind.description()}"
        ),
        graphql_name=name,
        arguments=[argument("key", str, "The key; the spelling is normalised."), AT, RESOLVED],
        resolve=resolve,
        reads=kind,
    )


def _many(kind: type[EntityModel]) -> DeclaredField:
    async def resolve(_: Any, info: Info, given: Mapping[str, Any]) -> Page:
        return await _page_of(info, [kind.__name__], given)

    return field(
        to_snake(kind.plural),
        kind_connection(kind),
        f"{kind.__name__} entities. {kind.description()}",
        graphql_name=kind.plural,
        arguments=_list(where_of(kind)),
        resolve=resolve,
        reads=kind,
    )


def _walks() -> list[DeclaredField]:
    types = argument(
        "types",
        nullable(StrawberryList(RelationshipType)),
        "Only along these types; null for all.",
        None,
    )
    return [
        field(
            "neighborhood",
            walking.Subgraph,
            "What lies around an entity, in both directions of relationships that hold.",
            arguments=[
                argument("id", strawberry.ID, "The entity in the middle."),
                argument("depth", nullable(int), "How many steps away, 1 to 3.", 1),
                types,
                argument(
                    "kinds",
                    nullable(list_of(EntityKind)),
                    "Only entities of these kinds, besides the one in the middle; null for all.",
                    None,
                ),
                argument(
                    "first",
                    nullable(int),
                    "How many entities at most, nearest first, 0 to 500.",
                    200,
                ),
                AT,
                argument(
                    "resolved",
                    nullable(bool),
                    (
                        "Whether to go on from all entities that are held to be one (`identity`), "
                        "which lie beside each other."
                    ),
                    False,
                ),
            ],
            resolve=_neighborhood,
        ),
        field(
            "paths",
            list_of(walking.Path),
            (
                "The shortest ways between two entities along relationships that hold, in any "
                "direction, shortest first."
            ),
            arguments=[
                argument("from", strawberry.ID, "Where to start."),
                argument("to", strawberry.ID, "Where to arrive."),
                argument("k", nullable(int), "How many ways to give at most, 1 to 10.", 1),
                argument("max_length", nullable(int), "How many steps a way may have, 1 to 10.", 6),
                types,
                AT,
                THROUGH,
            ],
            resolve=_paths,
        ),
    ]


def _differences() -> list[DeclaredField]:
    kinds = argument(
        "kinds",
        nullable(list_of(EntityKind)),
        "Only entities of these kinds, and relationships that start from them; null for all.",
        None,
    )
    return [
        field(
            "diff",
            diff.Diff,
            "What changed in the organization's graph between two moments.",
            arguments=[
                argument("from", datetime, "The earlier moment."),
                argument("to", datetime, "The later moment."),
                kinds,
            ],
            resolve=_diff,
        ),
        field(
            "run_diff",
            nullable(diff.Diff),
            (
                "What changed between the ends of two runs, in what either of them had in scope; "
                "null where there is no such run."
            ),
            arguments=[
                argument("from", strawberry.ID, "The earlier run."),
                argument("to", strawberry.ID, "The later run."),
                kinds,
            ],
            resolve=_run_diff,
        ),
    ]


async def _known(info: Info, entity_id: str, given: Mapping[str, Any]) -> Entity | None:
    at = given.get("at")
    note_resolved(info, given)
    record = await reading.by_id(info.context, entity_id)
    return Entity.of(record, at) if record and record.was_known(at) else None


async def _page_of(info: Info, kinds: Sequence[str], given: Mapping[str, Any]) -> Page:
    note_resolved(info, given)
    found = await reading.entities(info.context, kinds, given)
    edges = [
        EntityEdge(cursor, Entity.of(record, given.get("at"))) for cursor, record in found.shown
    ]
    return Page(edges, found.info, found.total)


async def _entity(_: Any, info: Info, given: Mapping[str, Any]) -> Entity | None:
    return await _known(info, given["id"], given)


async def _entities(_: Any, info: Info, given: Mapping[str, Any]) -> Page:
    kinds = reading.given_or(given.get("kinds"), registry.kinds())
    return await _page_of(info, [str(kind) for kind in kinds], given)


async def _why(_: Any, info: Info, given: Mapping[str, Any]) -> list[Reason]:
    return await reasons_of_id(info.context, given["id"], given.get("first"))


async def _neighborhood(_: Any, info: Info, given: Mapping[str, Any]) -> walking.Subgraph:
    note_resolved(info, given)
    return await walking.neighborhood(info.context, given)


async def _paths(_: Any, info: Info, given: Mapping[str, Any]) -> list[walking.Path]:
    note_resolved(info, given)
    return await walking.paths(info.context, given)


async def _diff(_: Any, _info: Info, given: Mapping[str, Any]) -> diff.Diff:
    return diff.Diff(from_=given["from"], to=given["to"], kinds=given.get("kinds"))


async def _run_diff(_: Any, info: Info, given: Mapping[str, Any]) -> diff.Diff | None:
    return await diff.between_runs(info.context, given["from"], given["to"], given.get("kinds"))
