"""Triage: how far people are with findings, whose they are, and what is set aside. Many at once, or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.correlate.acts import MOST_AT_ONCE, MOST_MATCHING, each_once
from graph.correlate.triage import Stage, Step, Triage
from graph.errors import Conflict, InvalidQuestion
from graph.queries import finding as queries
from graph.queries.organization import FIND_MEMBER_BY_EMAIL, KeyedParams
from graph.writer import Written
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded
from server.graphql.findings.queries import FindingWhere, get_findings, which_of
from server.graphql.findings.types import Finding, FindingState, FindingTriage, Severity
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.graphql.repeats import KEPT
from server.jobs.events import Publisher

Ids = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="The findings' ids, at most 500; all are changed, or none. Null where `matching` says which."
    ),
]


@strawberry.input(
    description="Findings by conditions instead of by their ids, and how many that were seen to be."
)
class FindingsMatching:
    """Findings by conditions."""

    count: int = strawberry.field(
        description=f"How many there are, as `findings` tells, at most {MOST_MATCHING}; where it is another number "
        "now, nothing is changed."
    )
    states: list[FindingState] | None = strawberry.field(
        default=None, description="Only in these states; null for open ones."
    )
    severities: list[Severity] | None = strawberry.field(
        default=None, description="Only of these severities; null for all."
    )
    rules: list[str] | None = strawberry.field(
        default=None, description="Only by these rules; null for all."
    )
    where: FindingWhere | None = strawberry.field(
        default=None, description="Only findings that meet this."
    )


Matching = Annotated[
    FindingsMatching | None,
    strawberry.argument(description="Which findings, by conditions; null where `ids` says which."),
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
        description=f"The findings, in the order of their ids, the first {MOST_AT_ONCE}; none where there are errors.",
        default_factory=list,
    )
    count: int = strawberry.field(description="How many findings it concerned.", default=0)
    errors: list[UserError] = errors_field()


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def triage_findings(
    info: Info,
    input: Annotated[TriageInput, strawberry.argument(description="What to change.")],
    ids: Ids = None,
    matching: Matching = None,
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
    triage = _triage(info)
    wanted = await _chosen(context, triage.act, ids, matching)
    return await _done(context, wanted, await triage.move(wanted, step))


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def suppress_findings(
    info: Info,
    reason: Annotated[str, strawberry.argument(description="Why nobody need be told of them.")],
    ids: Ids = None,
    matching: Matching = None,
    until: Annotated[
        datetime | None,
        strawberry.argument(description="When that ends by itself; null for never."),
    ] = None,
) -> TriagePayload:
    """Set findings aside. That is kept for what they are recognised by: it holds when they are found again, too."""
    triage = _triage(info)
    wanted = await _chosen(info.context, triage.act, ids, matching)
    return await _done(info.context, wanted, await triage.suppress(wanted, reason, until))


@documented(needs=Permission.TRIAGE_FINDINGS)
@told(TriagePayload)
async def lift_suppressions(
    info: Info,
    ids: Ids = None,
    matching: Matching = None,
    comment: Annotated[
        str | None, strawberry.argument(description="What is said about it.")
    ] = None,
) -> TriagePayload:
    """Tell of findings again that were set aside."""
    triage = _triage(info)
    wanted = await _chosen(info.context, triage.act, ids, matching)
    return await _done(info.context, wanted, await triage.lift(wanted, comment or ""))


def _triage(info: Info) -> Triage:
    context = info.context
    return Triage(
        store=context.store, org=context.org, by=context.principal.email, now=context.now(),
        act=context.new_id(info, "act"), readable=context.readable,
    )  # fmt: skip


async def _chosen(
    context: Context, act: str, ids: Sequence[str] | None, matching: FindingsMatching | None
) -> Sequence[str]:
    """The ids of the findings that are meant. Raises InvalidQuestion, Conflict where others match than were seen."""
    if (ids is None) is (matching is None):
        raise InvalidQuestion("ids: say which findings either by ids or by matching")
    if matching is None:
        return each_once(ids or (), "findings")
    if context.repeat is not None and context.repeat.is_again:
        # What was changed by the first attempt may match no longer.
        since = context.now() - KEPT
        params = queries.DoneParams(org=context.org, act=act, since=since)
        if done := (await context.store.fetch(queries.FIND_DONE.bind(params)))[0].ids:
            return done
    which = await which_of(
        context, matching.states, matching.severities, matching.rules, matching.where
    )
    most = queries.MatchingParams(**which.model_dump(), limit=MOST_MATCHING + 1)
    found = (await context.store.fetch(queries.FIND_MATCHING.bind(most)))[0].ids
    if len(found) > MOST_MATCHING:
        raise InvalidQuestion(f"matching: more than {MOST_MATCHING} do; narrow the conditions")
    if len(found) != matching.count:
        raise Conflict(f"{len(found)} findings match now, not {matching.count}; look again")
    if not found:
        raise InvalidQuestion("matching: no finding does")
    return found


async def _check_member(context: Context, assignee: str | None) -> None:
    if not assignee:
        return
    params = KeyedParams(org=context.org, key=assignee)
    if not await context.store.fetch(FIND_MEMBER_BY_EMAIL.bind(params)):
        raise InvalidQuestion("assignee: no member of the organization has this e-mail address")


async def _done(context: Context, ids: Sequence[str], written: Written) -> TriagePayload:
    await Publisher(context.store, context.queue)(written)
    found = await get_findings(context, sorted(set(ids))[:MOST_AT_ONCE])
    return TriagePayload(findings=[found[each] for each in sorted(found)], count=len(set(ids)))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [triage_findings, suppress_findings, lift_suppressions]
