"""What a rule is in the schema, and what trying one gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from graph.correlate.books import is_own
from graph.correlate.findings import Finding as Found
from graph.correlate.header import Parameter
from graph.correlate.keeping import Version
from graph.correlate.rules import Rule as RuleFile
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.findings.types import Severity
from server.graphql.permissions import framing, requires
from server.graphql.scalars import Json


@strawberry.type(description="A value by which a rule can be tuned.")
@requires(Permission.READ_SERVICES)
class RuleParameter:
    """A value by which a rule can be tuned."""

    name: str = strawberry.field(description="Its name, `$name` in the statement.")
    type: str = strawberry.field(
        description="What it is: int, float, bool, str, duration, list<str>, list<int>."
    )
    default: str = strawberry.field(description="What it is where nobody says otherwise.")
    value: str = strawberry.field(
        description="What it is in the organization, written as the default is."
    )
    summary: str = strawberry.field(description="What it is for.")


@strawberry.type(description="That a rule failed, and why.")
@requires(Permission.READ_SERVICES)
class RuleFailure:
    """That a rule failed, and why."""

    reason: str = strawberry.field(
        description="What was wrong. Its findings stay as they are until it is set right."
    )
    at: datetime | None = strawberry.field(
        description="When it failed last; null where nobody tried since it was set."
    )


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
    is_own: bool = strawberry.field(
        description="Whether it is the organization's own; else it came with Mirage."
    )
    is_enabled: bool = strawberry.field(
        description="Whether it is evaluated in the organization; the findings of one that is not are closed."
    )
    number: int = strawberry.field(
        description="How often the organization has set it: the number of its version (`ruleVersions`)."
    )
    text: str | None = strawberry.field(
        description="The whole text, as it was saved; null for a rule that came with Mirage."
    )
    failure: RuleFailure | None = strawberry.field(
        description="Why it failed as it is now; null where it did not."
    )

    @classmethod
    def of(cls, rule: RuleFile, standing: Standing | None = None) -> Rule:
        """A rule as an object of the schema, as an organization has it."""
        head, how = rule.header, standing or Standing()
        return cls(
            id=strawberry.ID(rule.id), title=head.title, summary=head.summary, version=head.version,
            status=head.status, severity=Severity(head.severity), confidence=head.confidence,
            subject_kind=rule.subject, explanation=head.explanation, remediation=head.remediation,
            false_positives=head.false_positives, references=list(head.references),
            author=head.author, since=head.since, headline=head.headline,
            reads=[line.text for line in head.reads],
            parameters=[
                RuleParameter(
                    name=each.name, type=each.type, default=each.written, summary=each.description,
                    value=written(each, how.values) if each.name in how.values else each.written,
                )
                for each in head.params
            ],
            statement=rule.text, is_own=is_own(rule.id), is_enabled=how.is_enabled, number=how.number,
            text=how.text, failure=how.failure,
        )  # fmt: skip

    @classmethod
    def unread(cls, rule: str, standing: Standing) -> Rule:
        """One whose text cannot be read any more: its name, its text, and why."""
        return cls(
            id=strawberry.ID(rule), title=rule, summary="", version=0, status="experimental",
            severity=Severity.INFO, confidence=0.0, subject_kind="", explanation="", remediation="",
            false_positives="", references=[], author="", since="", headline="", reads=[], parameters=[],
            statement="", is_own=True, is_enabled=standing.is_enabled, number=standing.number,
            text=standing.text, failure=standing.failure,
        )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How an organization has set a rule, and whether it failed so."""

    number: int = 0
    text: str | None = None
    is_enabled: bool = True
    values: Mapping[str, object] = field(default_factory=dict)
    failure: RuleFailure | None = None


def written(parameter: Parameter, values: Mapping[str, object]) -> str:
    """The value of a parameter as headers write it: a duration as it is, all else as JSON."""
    value = values[parameter.name]
    is_bare = parameter.type == "duration" and isinstance(value, str)
    return str(value) if is_bare else json.dumps(value, ensure_ascii=False)


@strawberry.type(description="How a rule was set once.")
@requires(Permission.READ_SERVICES)
class RuleVersion:
    """How a rule was set once."""

    number: int = strawberry.field(description="How often it had been set by then.")
    text: str | None = strawberry.field(
        description="Its text then; null for a rule that came with Mirage, and where it was deleted."
    )
    parameters: Json = strawberry.field(
        description="The values of its parameters that were set, by name."
    )
    is_enabled: bool = strawberry.field(description="Whether it was evaluated.")
    is_deleted: bool = strawberry.field(description="Whether it was deleted by this.")
    set_by: strawberry.ID = strawberry.field(description="The id of the user who set it.")
    set_at: datetime = strawberry.field(description="When it was set.")
    comment: str = strawberry.field(description="Why, as they said; empty where they did not.")

    @classmethod
    def of(cls, rule: str, version: Version) -> RuleVersion:
        """A version of a rule as an object of the schema."""
        state = version.state
        return cls(
            number=version.number,
            text=state.text,
            parameters=Json(dict(state.parameters)),
            is_enabled=state.is_enabled,
            is_deleted=is_own(rule) and state.text is None,
            set_by=strawberry.ID(version.by),
            set_at=version.at,
            comment=version.comment,
        )


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
