"""Asking how much assets matter."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.queries import risk as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.paging import After, First, Pager, counting
from server.graphql.ratings.types import AssetCriticality, AssetRatingConnection, ratings_of


@documented(needs=Permission.READ_FINDINGS)
async def asset_ratings(
    info: Info,
    first: First = 25,
    after: After = None,
    criticalities: Annotated[
        list[AssetCriticality] | None,
        strawberry.argument(description="Only assets that matter so much; null for all."),
    ] = None,
) -> AssetRatingConnection:
    """Assets of which somebody said how much they matter, latest first."""
    context: Context = info.context
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    which = queries.RatingsParams(
        org=context.org, readable=context.readable,
        criticalities=None if criticalities is None else [each.value for each in criticalities],
    )  # fmt: skip
    params = queries.RatingPageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_RATINGS.bind(params))
    count = counting(context.store, queries.COUNT_RATINGS.bind(which))
    page = pager.connection(await ratings_of(context, rows), lambda each: (each.at, each.id), count)
    return AssetRatingConnection(edges=page.edges, page_info=page.page_info, count=page.count)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [asset_ratings]
