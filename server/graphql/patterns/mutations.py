"""Keeping patterns."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate.keeping import Change
from graph.correlate.trying import MOST_CHARACTERS
from graph.errors import NotFound
from graph.patterns.keeping import Keeper
from server.auth.policy import Permission
from server.configuration.kept import Configurations
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.patterns.types import PATTERNS, Pattern, get_pattern
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.jobs.queue import hint_correlate, hint_or_wait


@strawberry.type(description="The pattern as it is now, or what to mend.")
@framing
class PatternPayload:
    """The pattern as it is now, or what to mend."""

    pattern: Pattern | None = strawberry.field(
        description="The pattern; null where there are errors, and where it was deleted.",
        default=None,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.EDIT_RULES)
@told(PatternPayload)
async def save_pattern(
    info: Info,
    name: Annotated[
        str, recorded_argument("Its name: small letters, digits, underscores, as `open_mail`.")
    ],
    text: Annotated[
        str,
        strawberry.argument(
            description=f"Header lines that begin with //, then the statement; {MOST_CHARACTERS:,} characters at most."
        ),
    ],
    expects: Annotated[
        int | None,
        strawberry.argument(
            description="How often it was saved before, as the caller knows; null whatever that is, 0 where it is new."
        ),
    ] = None,
    is_told: Annotated[
        bool | None,
        strawberry.argument(
            description="Whether channels that tell of WATCH_MATCHED tell of its rows; null to leave that as it is."
        ),
    ] = None,
) -> PatternPayload:
    """Keep a pattern, or keep it otherwise; everything is evaluated by it within seconds, then with every write.

    It only reads, follows relationships from its subject and so stays in the organization, and begins at an index; a
    text that breaks a promise is refused with its line and what would be right. Patterns look at no markings, so
    whoever saves one is cleared for all; who may read a row follows from what it names and rests on.
    """
    context: Context = info.context
    context.principal.require_all_markings("saving a pattern")
    bounds = (await Configurations(context.store).counting(context.org)).own.patterns
    keeper = Keeper(context.store, context.org, context.now(), bounds.most)
    change = Change(context.principal.user, context.new_id(info, "pattern"), expects=expects)
    saved = await keeper.save(name, text, change, is_told)
    await _changed(context)
    return PatternPayload(pattern=await get_pattern(context, saved))


@documented(needs=Permission.EDIT_RULES)
@told(PatternPayload, is_done_when_gone=True)
async def delete_pattern(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id, or its name.")],
) -> PatternPayload:
    """Delete a pattern, with its rows and what is kept of those that left."""
    context: Context = info.context
    context.principal.require_all_markings("deleting a pattern")
    found = await get_pattern(context, id)
    if found is None:
        raise NotFound(f"id: there is no pattern {id[:60]}")
    await Keeper(context.store, context.org, context.now()).delete(found.id)
    await _changed(context)
    return PatternPayload()


async def _changed(context: Context) -> None:
    context.once.forget(PATTERNS)
    await hint_or_wait(hint_correlate(context.queue, context.org), "patterns")


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [save_pattern, delete_pattern]
