"""Findings in groups that have something in common: a rule, what they are about, or whose they are."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from graph.queries.finding import GroupRow
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import described, documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.findings.types import SEVERITIES, Finding, Severity
from server.graphql.permissions import requires

MOST_OF_EACH = 5


@described(
    "What findings of a group have in common.",
    RULE="The rule that found them.",
    SUBJECT="The entity they are about.",
    ASSIGNEE="Whose they are.",
)
class FindingGrouping(enum.StrEnum):
    """What findings of a group have in common."""

    RULE = "RULE"
    SUBJECT = "SUBJECT"
    ASSIGNEE = "ASSIGNEE"


@strawberry.type(description="Findings that have something in common.")
@requires(Permission.READ_FINDINGS)
class FindingGroup:
    """Findings that have something in common."""

    value: str = strawberry.field(
        description="What they have in common: a rule's name, an entity's id, an e-mail address, or empty for nobody's."
    )
    count: int = strawberry.field(description="How many there are.")
    severity: Severity = strawberry.field(description="How much the gravest of them matters.")
    last_opened_at: datetime = strawberry.field(description="When the latest was opened.")
    findings: list[Finding] = strawberry.field(
        description=f"The gravest of them, at most {MOST_OF_EACH}."
    )
    by: strawberry.Private[FindingGrouping]

    @documented()
    async def subject(self, info: Info) -> Entity | None:
        """The entity they are about; null where that is not what they have in common."""
        if self.by is not FindingGrouping.SUBJECT:
            return None
        return Entity.of(await reading.end_of(info.context, self.value))


def groups_of(
    rows: Sequence[GroupRow], found: Mapping[str, Finding], by: FindingGrouping
) -> list[FindingGroup]:
    """The groups of these rows, with what is known of the findings that they name."""
    return [
        FindingGroup(
            value=row.value,
            count=row.total,
            severity=SEVERITIES[row.rank],
            last_opened_at=row.latest,
            findings=[found[each] for each in row.findings if each in found],
            by=by,
        )
        for row in rows
    ]
