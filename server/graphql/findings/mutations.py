"""Triage: how far people are with findings, whose they are, and what is set aside. Many at once, or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate.triage import Stage, Step, Triage
from graph.errors import InvalidQuestion
from graph.queries.organization import FIND_MEMBER_BY_EMAIL, KeyedParams
from graph.writer import Written
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded
from server.graphql.findings.queries import get_findings
from server.graphql.findings.types import Finding, FindingTriage
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.jobs.events import Publisher

Ids = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The findings' ids, at most 500; all are changed, or none."),
]


@strawberry.input(description="What to change of findings; what is null or left out stays.")
class TriageInput:
    """What to change."""

    triage: FindingTriage | None = strawberry.field(
        default=None, description="How far people are with them. A closed finding cannot be moved."
    )
    assignee: str | None = recorded(
        "Whose they are: a member's e-mail address, or empty for nobody.", default=None
    )
    due_at: datetime | None = strawberry.field(
        default=None, description="Until when they are to be dealt with."
    )
    clear_due_at: bool = strawberry.field(
        default=False, description="Whether there is to be no such time any more."
    )
    comment: str | None = strawberry.field(default=None, description="What is said about it.")


@strawberry.type(description="The findings as they are now, or what to mend.")
@requires(Permission.READ_FINDINGS)
class TriagePayload:
    """The findings as they are now, or what to mend."""

    findings: list[Finding] = strawberry.field(
        description="The findings, in the order of their ids; none where there are errors.",
        default_factory=list,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def triage_findings(
    info: Info,
    ids: Ids,
    input: Annotated[TriageInput, strawberry.argument(description="What to change.")],
) -> TriagePayload:
    """Move findings on, give them to somebody, set until when, or comment on them.

    Where one comes back after it was closed it is new again, and so is one that was said to be resolved once all of its
    facts are seen again.
    """
    context = info.context
    if input.due_at is not None and input.clear_due_at:
        raise InvalidQuestion("clearDueAt: give either a time or none")
    await _check_member(context, input.assignee)
    step = Step(
        stage=Stage(input.triage.value) if input.triage else None,
        assignee=input.assignee,
        due_at=input.due_at,
        sets_due=input.due_at is not None or input.clear_due_at,
        comment=input.comment or "",
    )
    return await _done(context, ids, await _triage(info).move(ids, step))


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def suppress_findings(
    info: Info,
    ids: Ids,
    reason: Annotated[str, strawberry.argument(description="Why nobody need be told of them.")],
    until: Annotated[
        datetime | None,
        strawberry.argument(description="When that ends by itself; null for never."),
    ] = None,
) -> TriagePayload:
    """Set findings aside. That is kept for what they are recognised by: it holds when they are found again, too."""
    return await _done(info.context, ids, await _triage(info).suppress(ids, reason, until))


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def lift_suppressions(
    info: Info,
    ids: Ids,
    comment: Annotated[
        str | None, strawberry.argument(description="What is said about it.")
    ] = None,
) -> TriagePayload:
    """Tell of findings again that were set aside."""
    return await _done(info.context, ids, await _triage(info).lift(ids, comment or ""))


def _triage(info: Info) -> Triage:
    context = info.context
    return Triage(
        store=context.store, org=context.org, by=context.principal.email, now=context.now(),
        act=context.new_id(info, "act"), readable=context.readable,
    )  # fmt: skip


async def _check_member(context: Context, assignee: str | None) -> None:
    if not assignee:
        return
    params = KeyedParams(org=context.org, key=assignee)
    if not await context.store.fetch(FIND_MEMBER_BY_EMAIL.bind(params)):
        raise InvalidQuestion("assignee: no member of the organization has this e-mail address")


async def _done(context: Context, ids: Sequence[str], written: Written) -> TriagePayload:
    await Publisher(context.store, context.queue)(written)
    found = await get_findings(context, ids)
    return TriagePayload(findings=[found[each] for each in sorted(found)])


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [triage_findings, suppress_findings, lift_suppressions]
