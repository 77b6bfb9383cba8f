"""Asking which entities may be one, which are, and who is like whom."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion, NotFound
from graph.identity.deciding import Verdict
from graph.identity.similar import MOST
from graph.identity.similar import similar as find_similar
from graph.match.kinds import DESIGNS
from graph.queries import identity as queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.identity.deciding import deciding
from server.graphql.identity.types import (
    Identity,
    Match,
    MatchConnection,
    MatchState,
    MatchVerdict,
    Similar,
    get_identity,
    get_matches,
    matches_of,
)
from server.graphql.paging import After, First, Pager, check_first, counting


@documented(needs=Permission.READ_GRAPH)
async def matches(
    info: Info,
    first: First = 25,
    after: After = None,
    states: Annotated[
        list[MatchState] | None,
        strawberry.argument(description="Only in these states; null for open ones."),
    ] = None,
    kinds: Annotated[
        list[str] | None,
        strawberry.argument(
            description=f"Only by these scorers: {', '.join(sorted(DESIGNS))}; null for all."
        ),
    ] = None,
    entity: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only with this entity; null for all."),
    ] = None,
    least_score: Annotated[
        float, strawberry.argument(description="Only with at least this score, 0 to 1.")
    ] = 0.0,
) -> MatchConnection:
    """Pairs of entities that may be one, the likeliest first."""
    context: Context = info.context
    _check_kinds(kinds)
    pager = Pager(Order.SCORE, first, after)
    behind, behind_id = pager.place or (None, "")
    which = queries.WhichParams(
        org=context.org, readable=context.readable, kinds=kinds, entity=entity, least=least_score,
        states=[each.value for each in states or [MatchState.OPEN]],
    )  # fmt: skip
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_MATCHES.bind(params))
    count = counting(context.store, queries.COUNT_MATCHES.bind(which))
    page = pager.connection(
        await matches_of(context, rows), lambda each: (each.score, each.id), count
    )
    return MatchConnection(edges=page.edges, page_info=page.page_info, count=page.count)


@documented(needs=Permission.READ_GRAPH)
async def match(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The pair's id.")]
) -> Match | None:
    """One pair; null where there is none."""
    return (await get_matches(info.context, [id])).get(id)


@documented(needs=Permission.READ_GRAPH)
async def identity(
    info: Info,
    entity: Annotated[strawberry.ID, strawberry.argument(description="One of its members.")],
) -> Identity | None:
    """With whom an entity is held to be one; null where there is no such entity."""
    return await get_identity(info.context, entity)


@documented(needs=Permission.READ_GRAPH)
async def similar(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The entity.")],
    first: Annotated[int, strawberry.argument(description=f"How many at most, 0 to {MOST}.")] = 10,
) -> list[Similar] | None:
    """Who is like an entity, the likeliest first, also where that is too little for a pair; null where there is none.

    Compared are those that share a key with it, such as an identifier, a mailbox, or how a name sounds.
    """
    context: Context = info.context
    check_first(first, MOST)
    if await reading.by_id(context, id) is None:
        return None
    likes = await find_similar(context.store, context.org, id)
    records = {each.id: each for each in await reading.by_ids(context, [like.id for like in likes])}
    return [
        Similar(
            entity=Entity.of(records[like.id]),
            score=round(like.verdict.score, 6),
            judged=like.verdict,
        )
        for like in likes
        if like.id in records
    ][:first]


@documented(needs=Permission.READ_GRAPH)
async def preview_matches(
    info: Info,
    ids: Annotated[
        list[strawberry.ID], strawberry.argument(description="The pairs' ids, at most 500.")
    ],
    verdict: Annotated[
        MatchVerdict, strawberry.argument(description="What would be decided of them.")
    ],
) -> list[Identity] | None:
    """The identities that pairs would make, or leave, if that were decided of them. Nothing is kept.

    Null where one of the pairs is not known; what could not be decided is refused as deciding it would be.
    """
    try:
        entities = await deciding(info).preview(ids, Verdict(verdict.value))
    except NotFound:
        return None
    return await _identities(info.context, entities)


async def _identities(context: Context, groups: list[list[str]]) -> list[Identity]:
    ids = [each for members in groups for each in members]
    found = {record.id: Entity.of(record) for record in await reading.by_ids(context, ids)}
    return [
        Identity.of(context.org, members, [found[each] for each in members]) for members in groups
    ]


def _check_kinds(kinds: list[str] | None) -> None:
    if unknown := sorted({*(kinds or ())} - DESIGNS.keys()):
        raise InvalidQuestion(
            f"kinds: there is no scorer {unknown[0]!r}; there are {', '.join(sorted(DESIGNS))}"
        )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [matches, match, identity, similar, preview_matches]
