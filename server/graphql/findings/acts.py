"""What happened to a finding: what its rule said of it, and what people did with it."""

from __future__ import annotations

import enum
from datetime import datetime

import strawberry

from graph.queries.triage import LIST_ACTS, ActRow, ActsParams
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import described
from server.graphql.permissions import requires


@described(
    "What happened to a finding.",
    OPENED="Its rule found it.",
    CLOSED="Its rule matched no longer.",
    REOPENED="Its rule found it again.",
    TRIAGED="Somebody moved it, gave it to somebody, or said something about it.",
    SUPPRESSED="Somebody set it aside.",
    LIFTED="Somebody took that back.",
)
class FindingHappening(enum.StrEnum):
    """What happened to a finding."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    TRIAGED = "TRIAGED"
    SUPPRESSED = "SUPPRESSED"
    LIFTED = "LIFTED"


@strawberry.type(description="A value of a finding that somebody changed.")
@requires(Permission.READ_FINDINGS)
class FindingFieldChange:
    """A value that somebody changed."""

    field: str = strawberry.field(
        description="Which one: TRIAGE, ASSIGNEE, DUE_AT, SUPPRESSED_UNTIL."
    )
    before: str = strawberry.field(description="What it was; empty for nothing.")
    after: str = strawberry.field(
        description="What it became; empty for nothing, FOREVER for a suppression that does not end by itself."
    )


@strawberry.type(description="Something that happened to a finding.")
@requires(Permission.READ_FINDINGS)
class FindingAct:
    """Something that happened to a finding."""

    at: datetime = strawberry.field(description="When it happened.")
    happening: FindingHappening = strawberry.field(description="What happened.")
    by: str | None = strawberry.field(
        description="Who did it, by e-mail address; `mirage` where nobody did; null for what the rule said."
    )
    comment: str | None = strawberry.field(description="What was said about it.")
    changes: list[FindingFieldChange] = strawberry.field(description="What was changed by hand.")


async def history(context: Context, finding: str, first: int) -> list[FindingAct]:
    """What happened to a finding that may be read, latest first."""
    params = ActsParams(org=context.org, id=finding, limit=first)
    return [_act(row) for row in await context.store.fetch(LIST_ACTS.bind(params))]


def _act(row: ActRow) -> FindingAct:
    changes = [
        FindingFieldChange(field=field, before=before, after=after)
        for field, before, after in zip(row.fields, row.before, row.after, strict=True)
    ]
    return FindingAct(
        at=row.at,
        happening=FindingHappening(row.happening),
        by=row.by,
        comment=row.comment,
        changes=changes,
    )
