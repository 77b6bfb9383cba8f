"""Walks over the graph: what lies around an entity, and the ways between two."""

from __future__ import annotations

import strawberry

from server.graphql.entities.facts import Entity, Link


@strawberry.type(description="A piece of the graph: entities, and the relationships among them.")
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
