"""Asking for rules, and trying one that is being written."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate import rules as rule_files
from graph.correlate import trying
from graph.correlate.trying import MOST_FINDINGS
from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.rules.types import Rule, RuleTrial, WouldBeFinding

LONGEST = 4_000  # characters of a text that the audit shows


@documented(needs=Permission.READ_SERVICES)
def rules() -> list[Rule]:
    """The rules that look for what is wrong or remarkable, by name."""
    return [Rule.of(each) for each in rule_files.load().values()]


@documented(needs=Permission.READ_SERVICES)
def rule(
    id: Annotated[
        strawberry.ID, strawberry.argument(description="Its name, such as `tls.expired`.")
    ],
) -> Rule | None:
    """One rule; null where there is none of the name."""
    found = rule_files.load().get(id)
    return Rule.of(found) if found else None


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
    return [rules, rule, try_rule]
