"""What a person asks of a scan, checked before anything starts. Values only; nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import InvalidQuestion
from graph.facts import Content
from graph.model.base import Entity
from graph.model.registry import detect
from server.configuration.declared import MOST_MINUTES_OLD, UsualBudget

USUAL = UsualBudget()

ActivityClass = Literal["P0", "P1", "P2", "P3"]
Preset = Literal["passive", "footprint", "attack-surface", "deep"]

# The highest activity class of each preset: what a scan does to its target, never more.
PRESETS: dict[str, ActivityClass] = {
    "passive": "P0",
    "footprint": "P1",
    "attack-surface": "P2",
    "deep": "P3",
}


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScopeRules(_Spec):
    """What may be looked at. Without `include`, the seeds themselves say it. `exclude` wins."""

    include: tuple[str, ...] = Field(
        (), description="Names (with all below them), addresses, CIDR ranges, autonomous systems."
    )
    exclude: tuple[str, ...] = Field((), description="The same, never to be looked at.")
    max_distance: int = Field(
        1, ge=0, le=5, description="Hops from what is included that are still looked at."
    )
    contact_distance: int = Field(
        0,
        ge=0,
        le=5,
        description="Hops from what is included at which names are still contacted directly; their addresses lie one "
        "hop further. Beyond it third parties and DNS are asked, and nobody's hosts.",
    )


class Budget(_Spec):
    """Where a run stops by itself, its results kept."""

    entities: int = Field(USUAL.entities, ge=1, le=1_000_000, description="Entities in scope.")
    requests: int = Field(
        USUAL.requests, ge=1, le=100_000_000, description="Entities looked at by collectors."
    )
    minutes: int = Field(
        USUAL.minutes, ge=1, le=100_000, description="Time from the first job, without pauses."
    )

    def spent(self, kind: str) -> str:
        """What a run says when its budget of `entities`, `requests` or `minutes` is spent."""
        return f"the budget of {getattr(self, kind)} {kind} is spent"


class ScanSpec(_Spec):
    """A scan: seeds, what to ask, how far, and how much."""

    seeds: Annotated[tuple[str, ...], Field(min_length=1, max_length=1_000)]
    name: str = Field("", max_length=200, description="What people call it; the seeds if empty.")
    preset: Preset = Field("attack-surface", description="What it may do to its target.")
    authorization: str = Field(
        "",
        max_length=1_000,
        description="Who allowed it, and how that can be shown; the deep preset wants it.",
    )
    collectors: tuple[str, ...] = Field(
        (), description="Only these collectors; all that the preset allows if empty."
    )
    exclude_collectors: tuple[str, ...] = Field((), description="None of these collectors.")
    options: dict[str, dict[str, object]] = Field(
        default_factory=dict, description="Options by collector."
    )
    max_age_minutes: int | None = Field(
        None,
        ge=0,
        le=MOST_MINUTES_OLD,
        description="Answers up to this age are used again instead of asking anew; 0 for none. Null: as long as each "
        "collector's answers are fresh.",
    )
    scope: ScopeRules = Field(default_factory=ScopeRules)
    budget: Budget = Field(default_factory=Budget)

    def seed_entities(self) -> list[Entity]:
        """The seeds as entities. Raises Refused, naming the seed and what would be right."""
        return [detect(seed) for seed in self.seeds]

    def named_ids(self, org: str) -> list[str]:
        """The ids in an organization of all entities that it names, with what these imply. Raises Refused."""
        named = [detect(text) for text in (*self.seeds, *self.scope.include, *self.scope.exclude)]
        return sorted({entity.id_in(org) for entity in Content.of(named).entities.values()})

    def with_budget(self, change: Mapping[str, int]) -> ScanSpec:
        """The same with what `change` names of its budget. Raises InvalidQuestion naming what is out of bounds."""
        try:
            budget = Budget.model_validate({**self.budget.model_dump(), **change})
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise InvalidQuestion(f"budget.{problem['loc'][0]}: {problem['msg']}") from error
        return self.model_copy(update={"budget": budget})

    def with_max_age(self, minutes: int) -> ScanSpec:
        """The same with answers up to this age. Raises InvalidQuestion."""
        if not 0 <= minutes <= MOST_MINUTES_OLD:
            raise InvalidQuestion(
                f"maxAgeMinutes: 0 to {MOST_MINUTES_OLD} are right, not {minutes}"
            )
        return self.model_copy(update={"max_age_minutes": minutes})

    @property
    def title(self) -> str:
        """The name people read."""
        return self.name or ", ".join(self.seeds[:3]) + (" …" if len(self.seeds) > 3 else "")
