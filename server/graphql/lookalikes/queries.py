"""Asking which domain names look like one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.match.lookalike import Way
from graph.queries import lookalike as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import requires

described(
    "How a name looks like another.",
    name="LookAlikeWay",
    CONFUSABLE="Letters that are mistaken for each other, as in `examp1e`.",
    SUFFIX="The same name under another public suffix.",
    HYPHEN="A hyphen more or less.",
    BIT_FLIP="One bit of one letter differs.",
    KEYBOARD="A key beside the right one.",
    REPETITION="A letter twice, or once instead of twice.",
    TRANSPOSITION="Two letters are exchanged.",
    OMISSION="A letter is missing.",
    INSERTION="A letter was put in.",
    SUBSTITUTION="Another letter in one place.",
    EDITS="Two letters of a long name differ.",
    COMBINATION="Words before or behind the name, as in `example-login`.",
    EMBEDDED="The whole name stands before another's, as in `example.com.elsewhere.example`.",
)(Way)


@strawberry.type(description="A domain name that looks like one of one's own scope.")
@requires(Permission.READ_GRAPH)
class LookAlike:
    """A domain name that looks like one of one's own scope."""

    id: strawberry.ID = strawberry.field(
        description="The id: it follows from the two names, so that it is the same always."
    )
    of: Entity = strawberry.field(description="The name of one's own that it looks like.")
    name: Entity = strawberry.field(description="The name that looks like it.")
    ways: list[Way] = strawberry.field(description="How it looks like it, the strongest first.")
    score: float = strawberry.field(description="How alike the two look, 0 to 1.")
    reason: str = strawberry.field(description="The strongest of these in words.")
    since: datetime = strawberry.field(description="Since when that is known.")


@strawberry.type(description="One page of look-alikes.")
@requires(Permission.READ_GRAPH)
class LookAlikeConnection(Connection[LookAlike]):
    """One page of look-alikes."""


@documented(needs=Permission.READ_GRAPH)
async def look_alikes(
    info: Info,
    first: First = 25,
    after: After = None,
    entity: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only with this name on either side; null for all."),
    ] = None,
    least_score: Annotated[
        float, strawberry.argument(description="Only with at least this score, 0 to 1.")
    ] = 0.0,
) -> LookAlikeConnection:
    """Known domain names that look like one of one's own scope, the most alike first.

    One's own are names registered as such that a run had in its scope. Nothing says that a look-alike means harm.
    """
    context: Context = info.context
    pager = Pager(Order.SCORE, first, after)
    behind, behind_id = pager.place or (None, "")
    which = queries.WhichParams(
        org=context.org, readable=context.readable, of=entity, least=least_score
    )
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_ALIKE.bind(params))
    count = counting(context.store, queries.COUNT_ALIKE.bind(which))
    page = pager.connection(await _shown(context, rows), lambda each: (each.score, each.id), count)
    return LookAlikeConnection(edges=page.edges, page_info=page.page_info, count=page.count)


async def _shown(context: Context, rows: list[queries.AlikeRow]) -> list[LookAlike]:
    ids = [each for row in rows for each in (row.of, row.other)]
    found = {record.id: Entity.of(record) for record in await reading.by_ids(context, ids)}
    return [
        LookAlike(
            id=strawberry.ID(row.id), of=found[row.of], name=found[row.other], score=row.score,
            ways=[Way(each) for each in row.ways], reason=row.reason, since=row.since,
        )
        for row in rows
        if row.of in found and row.other in found
    ]  # fmt: skip


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [look_alikes]
