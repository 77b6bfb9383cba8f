"""Asking which patterns there are, and trying one that is being written."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from graph.patterns import keeping
from graph.patterns.keeping import MOST_TRIED
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.patterns.types import (
    Pattern,
    PatternTrial,
    all_patterns,
    columns_of,
    get_pattern,
    tried_rows,
)

LONGEST = 4_000  # what of a tried text the audit shows


@documented(needs=Permission.READ_GRAPH)
async def patterns(info: Info) -> list[Pattern]:
    """The patterns that the organization keeps, by name."""
    return await all_patterns(info.context)


@documented(needs=Permission.READ_GRAPH)
async def pattern(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id, or its name.")],
) -> Pattern | None:
    """One pattern; null where there is none."""
    return await get_pattern(info.context, id)


@documented(needs=Permission.EDIT_RULES)
async def try_pattern(
    info: Info,
    text: Annotated[
        str,
        strawberry.argument(
            description="The pattern as `savePattern` takes it: header lines that begin with //, then the statement."
        ),
    ],
    first: Annotated[
        int, strawberry.argument(description=f"How many rows at most, 1 to {MOST_TRIED}.")
    ] = 50,
) -> PatternTrial:
    """Try a pattern on what is there: what it would answer, and what that takes. Nothing is kept.

    It is held to what `savePattern` holds it to. Markings are not looked at, so the caller is cleared for all. It looks
    for 5 seconds at most.
    """
    context: Context = info.context
    context.principal.require_all_markings("trying a pattern")
    if not 1 <= first <= MOST_TRIED:
        raise InvalidQuestion(f"first is {first}; a trial gives 1 to {MOST_TRIED} rows")
    async with context.audit.act(context.caller, "tryPattern", details={"text": text[:LONGEST]}):
        tried = await keeping.try_pattern(context.store, context.org, text, context.now(), first)
    return PatternTrial(
        rows=tried_rows(tried.found),
        columns=columns_of(tried.rule),
        looks=tried.looks,
        took_ms=round(tried.took_s * 1000, 1),
        is_whole=tried.is_whole,
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [patterns, pattern, try_pattern]
