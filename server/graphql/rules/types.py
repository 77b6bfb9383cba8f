"""What a rule is in the schema, and what trying one gives."""

from __future__ import annotations

import strawberry

from graph.correlate.findings import Finding as Found
from graph.correlate.rules import Rule as RuleFile
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.findings.types import Severity
from server.graphql.permissions import framing, requires


@strawberry.type(description="A value by which a rule can be tuned.")
@requires(Permission.READ_SERVICES)
class RuleParameter:
    """A value by which a rule can be tuned."""

    name: str = strawberry.field(description="Its name, `$name` in the statement.")
    type: str = strawberry.field(
        description="What it is: int, float, bool, str, duration, list<str>, list<int>."
    )
    default: str = strawberry.field(description="What it is where nobody says otherwise.")
    summary: str = strawberry.field(description="What it is for.")


@strawberry.type(description="A correlation rule: what it looks for, and what that means.")
@requires(Permission.READ_SERVICES)
class Rule:
    """A correlation rule."""

    id: strawberry.ID = strawberry.field(description="Its name, such as `tls.expired`.")
    title: str = strawberry.field(description="What it finds, in a few words.")
    summary: str = strawberry.field(description="What it finds, in a sentence.")
    version: int = strawberry.field(description="Raised when it means something else than before.")
    status: str = strawberry.field(
        description="How far it was tried: experimental, tested, stable."
    )
    severity: Severity = strawberry.field(description="How much its findings matter.")
    confidence: float = strawberry.field(description="How far to believe it, 0 to 1.")
    subject_kind: str = strawberry.field(description="The kind of what its findings are about.")
    explanation: str = strawberry.field(description="What a finding means, and why it matters.")
    remediation: str = strawberry.field(description="What to do about one.")
    false_positives: str = strawberry.field(
        description="What looks alike and is not reported, and what is and should not be."
    )
    references: list[str] = strawberry.field(description="Where to read more: CWE, ATT&CK, RFC.")
    author: str = strawberry.field(description="Who wrote it.")
    since: str = strawberry.field(description="From which version of Mirage on it is there.")
    headline: str = strawberry.field(
        description="The title of its findings, with columns of its result in braces."
    )
    reads: list[str] = strawberry.field(
        description="The paths from the subject that it follows: a change on them has it look again."
    )
    parameters: list[RuleParameter] = strawberry.field(description="By what it can be tuned.")
    statement: str = strawberry.field(description="What it asks of the graph, in Cypher.")

    @classmethod
    def of(cls, rule: RuleFile) -> Rule:
        """A rule of a file as an object of the schema."""
        head = rule.header
        return cls(
            id=strawberry.ID(rule.id), title=head.title, summary=head.summary, version=head.version,
            status=head.status, severity=Severity(head.severity), confidence=head.confidence,
            subject_kind=rule.subject, explanation=head.explanation, remediation=head.remediation,
            false_positives=head.false_positives, references=list(head.references),
            author=head.author, since=head.since, headline=head.headline,
            reads=[line.text for line in head.reads],
            parameters=[
                RuleParameter(
                    name=each.name, type=each.type, default=each.written, summary=each.description
                )
                for each in head.params
            ],
            statement=rule.text,
        )  # fmt: skip


@strawberry.type(description="What a rule would find.")
@requires(Permission.EDIT_RULES)
class WouldBeFinding:
    """What a rule would find."""

    title: str = strawberry.field(description="What would be found, in one sentence.")
    score: float = strawberry.field(description="How strongly the facts speak for it, 0 to 1.")
    found: strawberry.Private[Found]

    @documented()
    async def subject(self, info: Info) -> Entity:
        """The entity it would be about."""
        return Entity.of(await reading.end_of(info.context, self.found.subject))

    @documented()
    async def evidence(self, info: Info) -> list[Entity]:
        """The entities it would rest on."""
        return [Entity.of(each) for each in await reading.by_ids(info.context, self.found.evidence)]


@strawberry.type(description="What came of trying a rule.")
@framing
class RuleTrial:
    """What came of trying a rule."""

    rule: Rule = strawberry.field(description="The rule as it was read.")
    findings: list[WouldBeFinding] = strawberry.field(
        description="What it would find, by subjects in the order of their keys."
    )
    looks: int = strawberry.field(description="At how many subjects it looked.")
    took_ms: float = strawberry.field(description="How long that took, in milliseconds.")
    is_whole: bool = strawberry.field(
        description="Whether that were all there are; else time or room was over before."
    )
