"""What is said of how much an asset matters, in the schema."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime

import strawberry

from graph.queries.risk import RatingRow
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import described
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.paging import Connection
from server.graphql.permissions import requires


@described(
    "How much an asset matters to the organization.",
    LOW="Less than others: a test host, a page nobody needs.",
    NORMAL="As much as others. It is so where nobody said anything.",
    HIGH="More than others.",
    CRITICAL="The organization cannot do without it.",
)
class AssetCriticality(enum.StrEnum):
    """How much an asset matters."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@strawberry.type(description="What somebody said of how much an asset matters.")
@requires(Permission.READ_FINDINGS)
class AssetRating:
    """What somebody said of how much an asset matters."""

    id: strawberry.ID = strawberry.field(description="The id: it follows from the entity.")
    entity: Entity = strawberry.field(description="The asset.")
    criticality: AssetCriticality = strawberry.field(description="How much it matters.")
    reason: str = strawberry.field(description="Why; may be empty.")
    by: str = strawberry.field(description="Who said so, by e-mail address.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="One page of what was said of how much assets matter.")
@requires(Permission.READ_FINDINGS)
class AssetRatingConnection(Connection[AssetRating]):
    """One page of ratings."""


async def ratings_of(context: Context, rows: Sequence[RatingRow]) -> list[AssetRating]:
    """Ratings with their entities, in the order of the rows."""
    records = await reading.by_ids(context, [row.entity for row in rows])
    found = {record.id: Entity.of(record) for record in records}
    return [
        AssetRating(
            id=strawberry.ID(row.id),
            entity=found[row.entity],
            criticality=AssetCriticality(row.criticality),
            reason=row.reason,
            by=row.by,
            at=row.at,
        )
        for row in rows
        if row.entity in found
    ]
