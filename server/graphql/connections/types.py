"""What a connection is in the schema."""

from __future__ import annotations

import strawberry

from server.auth.policy import Permission
from server.graphql.entities.facts import Entity, Link
from server.graphql.permissions import requires


@strawberry.type(description="A way that connects two entities, and how far it is to be believed.")
@requires(Permission.READ_GRAPH)
class CredibleWay:
    """A way that connects two entities."""

    credibility: float = strawberry.field(
        description="How far it is to be believed, 0 to 1: `confidence` times `specificity`."
    )
    confidence: float = strawberry.field(
        description="How sure its relationships are together: the product of their confidences."
    )
    specificity: float = strawberry.field(
        description="How much it says to have in common what it goes through, 0 to 1: less the more have it, little "
        "where it is on a list of what is too common."
    )
    nodes: list[Entity] = strawberry.field(
        description="The entities on the way, both ends included."
    )
    links: list[Link] = strawberry.field(description="The relationships on the way, in its order.")


@strawberry.type(description="How two entities are connected.")
@requires(Permission.READ_GRAPH)
class Connection:
    """How two entities are connected."""

    ways: list[CredibleWay] = strawberry.field(
        description="The most credible ways, the most credible first; none where they are not connected."
    )
    cut: list[Link] = strawberry.field(
        description="The fewest relationships without which no way of `maxLength` would be left, in the order of their "
        "ids: what the connection hangs on. Empty, too, where with `resolved` the two are one."
    )
    is_whole: bool = strawberry.field(
        description="Whether everything was looked at. What lies beyond an entity with over 300 relationships is not, "
        "nor more than some thousand entities: there may be further ways."
    )
