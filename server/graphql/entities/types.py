"""The object types of the ontology: one a kind; a connection and an edge for each end of a type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from strawberry.types.field import StrawberryField

from graph.model import registry
from graph.model.base import Entity as EntityModel
from graph.model.base import Property
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import (
    Kind,
    add_fields,
    argument,
    field,
    list_of,
    nullable,
    object_type,
)
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.filters import SCALAR_OF, add_has, edge_where_of, where_of_ends
from server.graphql.entities.reads import (
    ReadsProperty,
    ReadsRelationship,
    relationship_reads,
    to_snake,
)
from server.graphql.entities.record import LinkRecord
from server.graphql.entities.resolved import members
from server.graphql.paging import PageInfo


@dataclass(frozen=True)
class EntityEdge:
    """One entity of a list."""

    cursor: str
    node: Entity


@dataclass(frozen=True)
class RelationshipEdge:
    """One relationship of an entity, seen from it, and the entity at its far end."""

    cursor: str
    node: Entity
    record: LinkRecord
    at: datetime | None


@dataclass(frozen=True)
class Page:
    """A page of entities or relationships."""

    edges: Sequence[EntityEdge | RelationshipEdge]
    page_info: PageInfo
    total_count: int


@cache
def type_of(kind: type[EntityModel]) -> type[Entity]:
    """The object type of a kind, without its relationships, which `add_relationships` adds."""
    fields = [_property_field(p) for p in kind.properties().values() if p.name != "aliases"]
    made: type[Entity] = object_type(
        kind.__name__, kind.description(), fields, base=Entity, needs=Permission.READ_GRAPH
    )
    return made


def _property_field(declared: Property) -> StrawberryField:
    scalar = SCALAR_OF[declared.python_type]
    name = declared.name
    shape: Kind = list_of(scalar) if declared.is_list else scalar
    if not declared.is_list and not declared.is_key:
        shape = nullable(scalar)

    def read(source: Any) -> object:
        value = source.record.value(name, source.at)
        return list(value or []) if declared.is_list else value

    return field(name, shape, _describe(declared), read=read, reads=ReadsProperty(declared))


def _describe(declared: Property) -> str:
    said = [declared.description]
    if declared.unit:
        said.append(f"In {declared.unit}.")
    if declared.choices:
        said.append(f"One of: {', '.join(f'`{word}`' for word in declared.choices)}.")
    if declared.example is not None and not declared.choices:
        said.append(f"Example: `{_example(declared.example)}`.")
    return " ".join(said)


def _example(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


@cache
def end_type(ends: tuple[type[EntityModel], ...]) -> type[Entity]:
    """The type of what lies at an end: the kind's own where there is one, else the interface."""
    return type_of(ends[0]) if len(ends) == 1 else Entity


@cache
def connection_type(reads: ReadsRelationship) -> type:
    """A relationship type's connection seen from one end, such as `ResolvesToTargetConnection`."""
    end = "Target" if reads.way == "OUT" else "Source"
    name = f"{reads.relationship.__name__}{end}"
    what = f"{reads.relationship.type} relationships, at their {end.lower()}s"
    node = end_type(reads.ends)
    edge = object_type(
        f"{name}Edge",
        f"One of an entity's {what}: {reads.relationship.description()}",
        [
            field("cursor", str, "This item's place, to give as `after`."),
            field("node", node, "The entity at the far end."),
            *_link_fields(),
            *(_property_field(p) for p in reads.relationship.properties().values()),
        ],
        needs=Permission.READ_GRAPH,
    )
    return _connection(f"{name}Connection", f"One page of an entity's {what}.", edge, node)


@cache
def _link_fields() -> list[StrawberryField]:
    """What an edge has of its relationship: the fields of `Link` but ends and property map."""
    definition = Link.__strawberry_definition__  # type: ignore[attr-defined]
    return [f for f in definition.fields if f.python_name not in ("source", "target", "properties")]


@cache
def kind_connection(kind: type[EntityModel]) -> type:
    """The connection of a kind's root list."""
    name = kind.__name__
    return _entity_connection(name, type_of(kind))


@cache
def entity_connection() -> type:
    """The connection of entities of any kind."""
    return _entity_connection("Entity", Entity)


def _entity_connection(name: str, node: type) -> type:
    edge = object_type(
        f"{name}Edge",
        f"One {name} of a list, with its place.",
        [
            field("cursor", str, "This item's place, to give as `after`."),
            field("node", node, "The entity."),
        ],
        needs=Permission.READ_GRAPH,
    )
    return _connection(f"{name}Connection", f"One page of a list of {name}.", edge, node)


def _connection(name: str, description: str, edge: type, node: type) -> type:
    return object_type(
        name,
        description,
        [
            field("edges", list_of(edge), "The page's items with their cursors."),
            field(
                "nodes",
                list_of(node),
                "The page's entities, without their cursors.",
                read=lambda source: [edge.node for edge in source.edges],
            ),
            field("page_info", PageInfo, "Whether more follow, and from where."),
            field(
                "total_count",
                int,
                "How many there are on all pages, counted in the database.",
            ),
        ],
        needs=Permission.READ_GRAPH,
    )


def _relationship_fields(kind: type[EntityModel]) -> Iterator[StrawberryField]:
    for name, reads in relationship_reads(kind).items():
        yield _relationship_field(name, reads)


def _relationship_field(name: str, reads: ReadsRelationship) -> StrawberryField:
    async def resolve(source: Any, info: Info, given: Mapping[str, Any]) -> Page:
        bases = await members(info, source.record.id, source.at)
        found = await reading.neighbours(info.context, bases, source.at, reads, given)
        edges = [
            RelationshipEdge(cursor, Entity.of(each.other, source.at), each.link, source.at)
            for cursor, each in found.shown
        ]
        return Page(edges, found.info, found.total)

    way = "leads to" if reads.way == "OUT" else "comes from"
    ends = ", ".join(kind.__name__ for kind in reads.ends)
    return field(
        to_snake(name),
        connection_type(reads),
        f"{reads.relationship.type} {way} {ends}. {reads.relationship.description()}",
        graphql_name=name,
        arguments=_relationship_arguments(reads),
        resolve=resolve,
        reads=reads,
    )


@cache
def _relationship_arguments(reads: ReadsRelationship) -> list[Any]:
    return [
        argument("first", nullable(int), "How many to give at most, 0 to 500.", 25),
        argument(
            "after",
            nullable(str),
            "Go on behind this cursor, an `endCursor` of an earlier page.",
            None,
        ),
        argument(
            "where", nullable(where_of_ends(reads.ends)), "Only to entities that meet this.", None
        ),
        argument(
            "edge",
            nullable(edge_where_of(reads.relationship)),
            "Only relationships that meet this.",
            None,
        ),
        argument("include_closed", nullable(bool), "Also what holds no longer.", False),
    ]


def entity_types() -> list[type[Entity]]:
    """The object types of all kinds, complete with their relationships."""
    return list(_complete().values())


@cache
def _complete() -> dict[str, type[Entity]]:
    kinds = registry.kinds()
    made = {name: type_of(kind) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        add_has(kind)
        add_fields(made[name], _relationship_fields(kind))
    return made
