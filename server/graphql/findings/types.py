"""What a finding is in the schema."""

from __future__ import annotations

import enum
from datetime import datetime

import orjson
import strawberry

from graph.queries.finding import FindingRow
from graph.queries.triage import FIND_SUPPRESSION, AsideParams
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import described, documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity, Link
from server.graphql.entities.provenance import FirstReasons, Reason, reasons_of
from server.graphql.findings import acts, rules
from server.graphql.findings.acts import FindingAct
from server.graphql.findings.risk import FindingRisk
from server.graphql.notes.queries import notes_about
from server.graphql.notes.types import Note
from server.graphql.paging import Connection, First, check_first
from server.graphql.permissions import requires
from server.graphql.scalars import Json


@described(
    "How much a finding matters.",
    INFO="Good to know.",
    LOW="Worth mending when convenient.",
    MEDIUM="Worth planning for.",
    HIGH="Worth mending soon.",
    CRITICAL="Worth mending now.",
)
class Severity(enum.StrEnum):
    """How much a finding matters."""

    INFO = "INFO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@described(
    "Where a finding stands.",
    OPEN="The rule still matches.",
    CLOSED="The rule matches no longer.",
    SUPPRESSED="It matches, and an analyst set it aside.",
)
class FindingState(enum.StrEnum):
    """Where a finding stands."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    SUPPRESSED = "SUPPRESSED"


@described(
    "How far people are with a finding.",
    NEW="Nobody has looked at it yet, or it came back.",
    ACKNOWLEDGED="Somebody has seen it.",
    IN_PROGRESS="Somebody is at it.",
    RESOLVED="Somebody says that it is dealt with. It closes once its rule finds so, too.",
)
class FindingTriage(enum.StrEnum):
    """How far people are with a finding."""

    NEW = "NEW"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    RESOLVED = "RESOLVED"


SEVERITIES = list(reversed(Severity))
"""Gravest first."""


@described(
    "The order of findings.",
    SEVERITY="Gravest first, of equal ones the latest opened first.",
    RISK="Those of the highest risk first, of equal ones the latest opened first.",
    OPENED_AT="Latest opened first.",
)
class FindingOrder(enum.StrEnum):
    """The order of findings."""

    SEVERITY = "SEVERITY"
    RISK = "RISK"
    OPENED_AT = "OPENED_AT"


@strawberry.type(description="That a finding is set aside.")
@requires(Permission.READ_FINDINGS)
class FindingSuppression:
    """That a finding is set aside."""

    by: str = strawberry.field(description="Who set it aside, by e-mail address.")
    reason: str = strawberry.field(description="Why.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(
        description="When that ends by itself; null for never."
    )


@strawberry.type(
    description=(
        "Something wrong or remarkable that a correlation rule found about an entity, with the "
        "facts it rests on."
    )
)
@requires(Permission.READ_FINDINGS)
class Finding:
    """What a rule found about an entity."""

    id: strawberry.ID = strawberry.field(
        description=(
            "The id: it follows from rule, subject and evidence, so finding it again is the same "
            "finding."
        )
    )
    rule: str = strawberry.field(description="The rule that found it, such as `tls.expired`.")
    severity: Severity = strawberry.field(description="How much it matters.")
    title: str = strawberry.field(description="What was found, in one sentence.")
    state: FindingState = strawberry.field(description="Where it stands.")
    score: float | None = strawberry.field(
        description="How strongly the facts speak for it, 0 to 1; null where the rule does not say."
    )
    fingerprint: str = strawberry.field(
        description="What it is recognised by; suppressions are kept for it."
    )
    opened_at: datetime = strawberry.field(
        description="When it was found first, or again after it was closed."
    )
    closed_at: datetime | None = strawberry.field(
        description="When it was found to hold no longer; null while it is open."
    )
    first_opened_at: datetime = strawberry.field(
        description="When it was found for the first time."
    )
    changed_at: datetime = strawberry.field(description="When anything of it last changed.")
    confidence: float = strawberry.field(description="How far the rule is to be believed, 0 to 1.")
    cleared_reason: str | None = strawberry.field(
        description="Why it was closed; null while it is open."
    )
    details: Json = strawberry.field(description="What the rule gave beside the evidence, by name.")
    triage: FindingTriage = strawberry.field(description="How far people are with it.")
    assignee: str | None = strawberry.field(
        description="Whose it is, by e-mail address; null while it is nobody's."
    )
    due_at: datetime | None = strawberry.field(
        description="Until when it is to be dealt with; null where nobody said so."
    )
    risk: FindingRisk | None = strawberry.field(
        description="How much it matters here, with what that consists of; null until that is worked out."
    )
    subject_id: strawberry.Private[str]
    evidence_ids: strawberry.Private[list[str]]
    evidence_link_ids: strawberry.Private[list[str]]

    @classmethod
    def of(cls, row: FindingRow) -> Finding:
        """A stored finding as an object of the schema."""
        stored = row.properties
        return cls(
            id=strawberry.ID(stored["id"]),
            rule=stored["rule"],
            severity=Severity(stored["severity"]),
            title=stored["title"],
            state=FindingState(stored["state"]),
            score=stored.get("score"),
            fingerprint=stored["fingerprint"],
            opened_at=stored["opened_at"],
            closed_at=stored.get("closed_at"),
            first_opened_at=stored["first_opened_at"],
            changed_at=stored["changed_at"],
            confidence=stored["confidence"],
            cleared_reason=stored.get("cleared_reason"),
            details=Json(orjson.loads(stored["details"])),
            triage=FindingTriage(stored.get("triage") or "NEW"),
            assignee=stored.get("assignee"),
            due_at=stored.get("due_at"),
            risk=FindingRisk.of(stored),
            subject_id=row.subject,
            evidence_ids=stored.get("evidence") or [],
            evidence_link_ids=stored.get("evidence_relationships") or [],
        )

    @documented()
    async def explanation(self, info: Info) -> str | None:
        """What it means and why it matters; null for a rule that is gone."""
        return rules.explanation(await rules.told(info.context, self.rule, "explanation"))

    @documented()
    async def remediation(self, info: Info) -> str | None:
        """What to do about it; null for a rule that is gone."""
        return rules.remediation(await rules.told(info.context, self.rule, "remediation"))

    @documented()
    async def references(self, info: Info) -> list[str]:
        """Where to read more."""
        return rules.references(await rules.told(info.context, self.rule, "references"))

    @documented()
    async def notes(self, info: Info, first: First = 25) -> list[Note]:
        """What analysts noted about it, newest first."""
        return await notes_about(info.context, self.id, first)

    @documented()
    async def history(self, info: Info, first: First = 25) -> list[FindingAct]:
        """What happened to it, latest first: what its rule said, and what people did."""
        return await acts.history(info.context, self.id, check_first(first or 0))

    @documented()
    async def suppression(self, info: Info) -> FindingSuppression | None:
        """Who set it aside; null where nobody did, or that is over."""
        context = info.context
        params = AsideParams(org=context.org, id=self.id, now=context.now())
        row = await context.store.fetch_one(FIND_SUPPRESSION.bind(params))
        return FindingSuppression(**row.model_dump()) if row else None

    @documented()
    async def subject(self, info: Info) -> Entity:
        """The entity it is about."""
        return Entity.of(await reading.end_of(info.context, self.subject_id))

    @documented()
    async def evidence(self, info: Info) -> list[Entity]:
        """The entities it rests on, in the order of their ids."""
        return [Entity.of(each) for each in await reading.by_ids(info.context, self.evidence_ids)]

    @documented()
    async def evidence_links(self, info: Info) -> list[Link]:
        """The relationships it rests on, in the order of their ids."""
        ends = [self.subject_id, *self.evidence_ids]
        found = await reading.links_among(info.context, ends)
        return [Link(record=link) for link in found if link.id in self.evidence_link_ids]

    @documented()
    async def why(
        self,
        info: Info,
        first: FirstReasons = 10,
    ) -> list[Reason]:
        """The answers that subject and evidence rest on, most reliable first, then latest first."""
        return reasons_of(await reading.reasons_of_finding(info.context, self.id), first)


@strawberry.type(description="Relationships without which a finding would not be one.")
@requires(Permission.READ_FINDINGS)
class FindingClearing:
    """Relationships without which a finding would not be one."""

    links: list[Link] = strawberry.field(
        description="The relationships: with any of them back, it would be found again."
    )


@strawberry.type(description="A value that some findings have in common.")
@requires(Permission.READ_FINDINGS)
class FacetValue:
    """A value that some findings have in common."""

    value: str = strawberry.field(description="The value; empty for what is nobody's.")
    count: int = strawberry.field(description="How many have it.")


@described(
    "What findings can be told apart by.",
    SEVERITY="How much they matter.",
    STATE="Where they stand.",
    TRIAGE="How far people are with them.",
    RULE="The rule that found them.",
    KIND="The kind of what they are about.",
    ASSIGNEE="Whose they are.",
)
class FindingFacetName(enum.StrEnum):
    """What findings can be told apart by."""

    SEVERITY = "SEVERITY"
    STATE = "STATE"
    TRIAGE = "TRIAGE"
    RULE = "RULE"
    KIND = "KIND"
    ASSIGNEE = "ASSIGNEE"


@strawberry.type(description="How many findings have which value of something.")
@requires(Permission.READ_FINDINGS)
class FindingFacet:
    """How many findings have which value."""

    name: FindingFacetName = strawberry.field(description="What the values are of.")
    values: list[FacetValue] = strawberry.field(description="The values, most frequent first.")


@strawberry.type(description="One page of findings.")
@requires(Permission.READ_FINDINGS)
class FindingConnection(Connection[Finding]):
    """One page of findings."""


@strawberry.type(description="Findings on one day (UTC).")
@requires(Permission.READ_FINDINGS)
class FindingDay:
    """Findings on one day."""

    day: datetime = strawberry.field(description="When the day began.")
    opened: int = strawberry.field(description="How many were found on it, or found again.")
    closed: int = strawberry.field(description="How many were found to hold no longer.")
    open: int = strawberry.field(description="How many were open at its end.")
