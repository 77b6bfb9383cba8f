"""How much a finding matters here, in the schema."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import strawberry

from graph.correlate.risk import Risk
from server.auth.policy import Permission
from server.graphql.declare import described
from server.graphql.permissions import requires


@described(
    "What a risk consists of.",
    SEVERITY="How much what the rule finds matters anywhere.",
    CONFIDENCE="How far the rule is to be believed, and how strongly the facts speak for it.",
    EXPOSURE="From where what it is about can be reached.",
    SPECIFICITY="How few have what the finding's entities have in common.",
    CRITICALITY="How much what it is about matters to the organization, by what people said of it.",
)
class RiskPartName(enum.StrEnum):
    """What a risk consists of."""

    SEVERITY = "SEVERITY"
    CONFIDENCE = "CONFIDENCE"
    EXPOSURE = "EXPOSURE"
    SPECIFICITY = "SPECIFICITY"
    CRITICALITY = "CRITICALITY"


@strawberry.type(description="One part of a risk.")
@requires(Permission.READ_FINDINGS)
class FindingRiskPart:
    """One part of a risk."""

    name: RiskPartName = strawberry.field(description="Which part.")
    factor: float = strawberry.field(description="What it multiplies the risk with, 0 to 1.")
    reason: str = strawberry.field(description="Why that, in words.")


@strawberry.type(description="How much a finding matters here.")
@requires(Permission.READ_FINDINGS)
class FindingRisk:
    """How much a finding matters here."""

    score: float = strawberry.field(description="The number, 0 to 100: 100 times all of its parts.")
    parts: list[FindingRiskPart] = strawberry.field(description="What it consists of.")

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> FindingRisk | None:
        """What a finding's properties say; None where it was not said yet."""
        risk = Risk.of(stored)
        if risk is None:
            return None
        parts = [
            FindingRiskPart(name=RiskPartName(part.name), factor=part.factor, reason=part.reason)
            for part in risk.parts
        ]
        return cls(score=risk.score, parts=parts)
