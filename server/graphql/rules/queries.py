"""Asking for rules, and trying one that is being written."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate import trying
from graph.correlate.keeping import Keeper
from graph.correlate.trying import MOST_FINDINGS
from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.paging import First, check_first
from server.graphql.rules.standing import rules_of
from server.graphql.rules.types import Rule, RuleTrial, RuleVersion, WouldBeFinding

LONGEST = 4_000  # characters of a text that the audit shows

Name = Annotated[
    strawberry.ID,
    strawberry.argument(description="Its name, such as `tls.expired` or `own.open_relay`."),
]


@documented(needs=Permission.READ_SERVICES)
async def rules(info: Info) -> list[Rule]:
    """The rules that look for what is wrong or remarkable, by name: those of Mirage, and the organization's own."""
    return list((await rules_of(info.context)).values())


@documented(needs=Permission.READ_SERVICES)
async def rule(info: Info, id: Name) -> Rule | None:
    """One rule; null where there is none of the name."""
    return (await rules_of(info.context)).get(id)


@documented(needs=Permission.READ_SERVICES)
async def rule_versions(
    info: Info,
    id: Name,
    first: First = 20,
    before: Annotated[
        int | None,
        strawberry.argument(description="Only versions of a lower number; null for all."),
    ] = None,
) -> list[RuleVersion]:
    """How the organization has set a rule, latest first, also one that was deleted since; the last 50 are kept."""
    context: Context = info.context
    count = check_first(20 if first is None else first)
    keeper = Keeper(context.store, context.org, context.now())
    return [RuleVersion.of(id, each) for each in await keeper.versions(id, before, count)]


@documented(needs=Permission.EDIT_RULES)
async def try_rule(
    info: Info,
    text: Annotated[
        str,
        strawberry.argument(
            description="The rule as in a file: header lines that begin with //, then the statement."
        ),
    ],
    first: Annotated[
        int,
        strawberry.argument(description=f"How many findings at most, 1 to {MOST_FINDINGS}."),
    ] = 50,
) -> RuleTrial:
    """Try a rule on what is there: what it would find, and what that takes. Nothing is kept.

    It only reads, follows relationships from its subject and so stays in the organization, and begins at an index; a
    text that breaks a promise is refused with its line and what would be right. Markings are not looked at, so the
    caller is cleared for all. It looks for 5 seconds at most.
    """
    context: Context = info.context
    context.principal.require_all_markings("trying a rule")
    if not 1 <= first <= MOST_FINDINGS:
        raise InvalidQuestion(f"first is {first}; a trial gives 1 to {MOST_FINDINGS} findings")
    async with context.audit.act(context.caller, "tryRule", details={"text": text[:LONGEST]}):
        tried = await trying.try_rule(context.store, context.org, text, context.now(), first)
    return RuleTrial(
        rule=Rule.of(tried.rule),
        findings=[
            WouldBeFinding(title=each.title, score=each.score, found=each) for each in tried.found
        ],
        looks=tried.looks,
        took_ms=round(tried.took_s * 1000, 1),
        is_whole=tried.is_whole,
    )


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [rules, rule, rule_versions, try_rule]
