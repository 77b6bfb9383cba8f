"""Asking what would go for its age, and which legal holds there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from graph.queries import hold as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.retention.types import LegalHold, RetentionPlan
from server.graphql.scalars import Json
from server.retention.planning import plan


@documented(needs=Permission.EDIT_ORGANIZATION)
async def plan_retention(
    info: Info,
    settings: Annotated[
        Json | None,
        strawberry.argument(
            description='Settings as they would be set, such as `{"retention.evidence_days": 90}`; null: as they are.'
        ),
    ] = None,
) -> RetentionPlan:
    """What of the organization would go for its age now, or once something was set. Nothing is changed."""
    context = info.context
    given: object = {} if settings is None else settings
    if not isinstance(given, dict):
        raise InvalidQuestion("settings: an object of values by the settings' names is right")
    found = await plan(context.store, context.org, datetime.now(UTC), given)
    return RetentionPlan.of(found)


@documented(needs=Permission.READ_AUDIT)
async def legal_holds(
    info: Info,
    standing: Annotated[
        bool, strawberry.argument(description="Only those that stand; else those lifted, too.")
    ] = False,
    first: First = 25,
    after: After = None,
) -> Connection[LegalHold]:
    """The organization's legal holds, latest set first."""
    pager, context = Pager(Order.CREATED, first, after), info.context
    behind, behind_id = pager.moment
    params = queries.HoldPageParams(
        org=context.org, id=None, standing=standing, behind=behind, behind_id=behind_id, limit=pager.limit
    )  # fmt: skip
    rows = await context.store.fetch(queries.LIST_HOLDS.bind(params))
    asked = queries.COUNT_HOLDS.bind(queries.HoldsParams(org=context.org, standing=standing))
    found = [LegalHold.of(row) for row in rows]
    return pager.connection(
        found, lambda each: (each.set_at, each.id), counting(context.store, asked)
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [plan_retention, legal_holds]
