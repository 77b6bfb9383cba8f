"""Keeping rules of the organization's own, and setting those that came with Mirage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate.keeping import Change, Keeper
from graph.correlate.trying import MOST_CHARACTERS
from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.findings.rules import WORDS
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.rules.queries import Name
from server.graphql.rules.standing import RULES, rules_of
from server.graphql.rules.types import Rule
from server.graphql.scalars import Json
from server.jobs.queue import hint_correlate, hint_or_wait


@strawberry.type(description="The rule as it is now, or what to mend.")
@framing
class RulePayload:
    """The rule as it is now, or what to mend."""

    rule: Rule | None = strawberry.field(
        description="The rule; null where there are errors, and where it was deleted.", default=None
    )
    errors: list[UserError] = errors_field()


OwnName = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="Its name, which begins with `own.`, such as `own.open_relay`."
    ),
]
Comment = Annotated[str, recorded_argument("Why, for whoever reads the versions.")]
Expects = Annotated[
    int | None,
    strawberry.argument(
        description="The number of the version that this goes from; null whatever that is, 0 where there is none yet."
    ),
]
Enabled = Annotated[
    bool | None,
    strawberry.argument(description="Whether it is evaluated; null to leave that as it is."),
]


@documented(needs=Permission.EDIT_RULES)
@told(RulePayload)
async def save_rule(
    info: Info,
    id: OwnName,
    text: Annotated[
        str,
        strawberry.argument(
            description=f"The rule as `tryRule` takes it, {MOST_CHARACTERS:,} characters at most."
        ),
    ],
    comment: Comment = "",
    is_enabled: Enabled = None,
    expects: Expects = None,
) -> RulePayload:
    """Keep a rule of the organization's own, as a new version; everything is evaluated by it within seconds.

    The text is held to what `tryRule` holds it to, before anything is kept. Values that were set for its parameters
    stay. Findings follow from rule, subject and evidence, so a new version goes on with those of the one before. Rules
    look at no markings, so whoever saves one is cleared for all.
    """
    return await _changed(
        info,
        id,
        Change(info.context.principal.user, info.context.new_id(info, "rule"), comment, expects),
        lambda keeper, change: keeper.save(id, text, change, is_enabled),
    )


@documented(needs=Permission.EDIT_RULES)
@told(RulePayload)
async def set_rule(
    info: Info,
    id: Name,
    parameters: Annotated[
        Json | None,
        strawberry.argument(
            description='All values of its parameters, by name, such as `{notice: "P14D"}`; those left out have their '
            "defaults. Null to leave them as they are."
        ),
    ] = None,
    is_enabled: Enabled = None,
    comment: Comment = "",
    expects: Expects = None,
) -> RulePayload:
    """Set the parameters of a rule for the organization, or switch it off or on; it counts within seconds.

    The findings of a rule that is off are closed.
    """
    if parameters is None and is_enabled is None:
        raise InvalidQuestion(
            "isEnabled: there is nothing to set; give parameters, isEnabled or both"
        )
    return await _changed(
        info,
        id,
        Change(info.context.principal.user, info.context.new_id(info, "rule"), comment, expects),
        lambda keeper, change: keeper.set(id, change, parameters, is_enabled),
    )


@documented(needs=Permission.EDIT_RULES)
@told(RulePayload)
async def delete_rule(
    info: Info, id: OwnName, comment: Comment = "", expects: Expects = None
) -> RulePayload:
    """Delete a rule of the organization's own. Its findings are closed; `rollBackRule` brings it back."""
    return await _changed(
        info,
        id,
        Change(info.context.principal.user, info.context.new_id(info, "rule"), comment, expects),
        lambda keeper, change: keeper.delete(id, change),
    )


@documented(needs=Permission.EDIT_RULES)
@told(RulePayload)
async def roll_back_rule(
    info: Info,
    id: Name,
    to: Annotated[
        int,
        strawberry.argument(
            description="The number of the version to go back to; 0 for a rule of Mirage as nobody had set it."
        ),
    ],
    comment: Comment = "",
    expects: Expects = None,
) -> RulePayload:
    """Set a rule as it was in an earlier version, as a new version: text, parameters, and whether it is evaluated."""
    said = comment or f"back to version {to}"
    return await _changed(
        info,
        id,
        Change(info.context.principal.user, info.context.new_id(info, "rule"), said, expects),
        lambda keeper, change: keeper.roll_back(id, to, change),
    )


async def _changed(
    info: Info, rule: str, change: Change, do: Callable[[Keeper, Change], Awaitable[int]]
) -> RulePayload:
    """Change a rule and have it looked by soon; the rule as it is then."""
    context: Context = info.context
    context.principal.require_all_markings("setting a rule")
    await do(Keeper(context.store, context.org, context.now()), change)
    for read in (RULES, WORDS):
        context.once.forget(read)
    await hint_or_wait(hint_correlate(context.queue, context.org), "rules")
    return RulePayload(rule=(await rules_of(context)).get(rule))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [save_rule, set_rule, delete_rule, roll_back_rule]
