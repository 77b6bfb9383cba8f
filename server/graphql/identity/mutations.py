"""Deciding which entities are one, and taking that back. Many at once, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.identity.deciding import Verdict
from graph.writer import Written
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.identity.deciding import deciding
from server.graphql.identity.types import Match, MatchVerdict, get_matches
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.jobs.events import Publisher

Ids = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The pairs' ids, at most 500; all are decided of, or none."),
]
Decided = Annotated[MatchVerdict, strawberry.argument(description="What is decided of them.")]
Comment = Annotated[str | None, strawberry.argument(description="What is said about it.")]


@strawberry.type(description="The pairs as they are now, or what to mend.")
@requires(Permission.READ_GRAPH)
class MatchesPayload:
    """The pairs as they are now, or what to mend."""

    matches: list[Match] = strawberry.field(
        description="The pairs, in the order of their ids; none where there are errors.",
        default_factory=list,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.DECIDE_IDENTITY)
@told(MatchesPayload)
async def decide_matches(
    info: Info, ids: Ids, verdict: Decided, comment: Comment = None
) -> MatchesPayload:
    """Decide of pairs whether the two are one. Nothing that was collected changes; it can be taken back at any time.

    What is decided is never asked again. Where it contradicts what stands, nothing is decided: two cannot be one by way
    of others, and be held to be two.
    """
    written = await deciding(info).decide(ids, Verdict(verdict.value), comment or "")
    return await _done(info.context, ids, written)


@documented(needs=Permission.DECIDE_IDENTITY)
@told(MatchesPayload)
async def undo_matches(info: Info, ids: Ids, comment: Comment = None) -> MatchesPayload:
    """Take back what is decided of pairs. All is then as if it had never been decided; the record stays."""
    return await _done(info.context, ids, await deciding(info).undo(ids, comment or ""))


@documented(needs=Permission.DECIDE_IDENTITY)
@told(MatchesPayload)
async def state_match(
    info: Info,
    left: Annotated[strawberry.ID, strawberry.argument(description="One entity.")],
    right: Annotated[strawberry.ID, strawberry.argument(description="The other.")],
    verdict: Decided,
    comment: Comment = None,
    overrules_vetoes: Annotated[
        bool,
        strawberry.argument(
            description="Whether the two are one although a veto speaks against it, such as different full birth dates."
        ),
    ] = False,
) -> MatchesPayload:
    """Decide of two entities that nothing has brought up."""
    written, id_ = await deciding(info).state(
        left, right, Verdict(verdict.value), comment or "", overrules_vetoes
    )
    return await _done(info.context, [id_], written)


async def _done(context: Context, ids: Sequence[str], written: Sequence[Written]) -> MatchesPayload:
    publish = Publisher(context.store, context.queue)
    for each in written:
        await publish(each)
    found = await get_matches(context, ids)
    return MatchesPayload(matches=[found[each] for each in sorted(found)])


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [decide_matches, undo_matches, state_match]
