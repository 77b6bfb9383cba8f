"""Saying how much assets matter. Many at once, or none."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate.rating import Rating
from graph.queries import risk as queries
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.graphql.ratings.types import AssetCriticality, AssetRating, ratings_of


@strawberry.type(description="What is said of the assets now, or what to mend.")
@requires(Permission.READ_FINDINGS)
class AssetRatingsPayload:
    """What is said of the assets now, or what to mend."""

    ratings: list[AssetRating] = strawberry.field(
        description="What is said, in the order of the entities' ids; nothing of those of which nothing is said.",
        default_factory=list,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(AssetRatingsPayload)
async def rate_assets(
    info: Info,
    entities: Annotated[
        list[strawberry.ID],
        strawberry.argument(description="The entities' ids, at most 500; all are rated, or none."),
    ],
    criticality: Annotated[
        AssetCriticality | None,
        strawberry.argument(
            description="How much they matter; null to say nothing of it any more."
        ),
    ] = None,
    reason: Annotated[str | None, strawberry.argument(description="Why.")] = None,
) -> AssetRatingsPayload:
    """Say how much assets matter to the organization; it counts in the risk of findings at once.

    It counts for what belongs to an asset, too: a domain's for the names below it, their pages and mailboxes, an
    address's for its services. Of several words the nearest counts.
    """
    context: Context = info.context
    rating = Rating(
        store=context.store, org=context.org, by=context.principal.email, now=context.now(),
        readable=context.readable,
    )  # fmt: skip
    await rating.rate(entities, criticality.value if criticality else None, reason or "")
    wanted = queries.RatingsOfParams(
        org=context.org, readable=context.readable, entities=sorted(set(entities))
    )
    rows = await context.store.fetch(queries.LIST_OF_ENTITIES.bind(wanted))
    return AssetRatingsPayload(ratings=await ratings_of(context, rows))


def fields() -> list[StrawberryField]:
    """The mutations of this area."""
    return [rate_assets]
