"""What a person asks of a scan, checked before anything starts. Values only; nothing here runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from collectors._kit.manifest import ActivityClass
from graph.errors import InvalidQuestion
from graph.facts import Content
from graph.model.base import Entity
from graph.model.registry import detect
from server.configuration.declared import MOST_MINUTES_OLD, UsualBudget
from server.configuration.rules import named_by, read_rule
from server.jobs.hours import MOST_WINDOWS, Hours, known_zone, read_window
from server.jobs.presets import PRESETS, USUAL, highest_of
from server.modules.naming import meant

USUAL_BUDGET = UsualBudget()


def _known(name: str) -> str:
    """A preset's name. Raises ValueError saying which there are."""
    if name not in PRESETS:
        raise ValueError(
            f"there is no preset {name[:100]}; {meant(name, PRESETS, ', '.join(PRESETS))}"
        )
    return name


PresetName = Annotated[str, AfterValidator(_known)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _window(text: str) -> str:
    """A window as it is written. Raises ValueError."""
    read_window(text)
    return text


class ScopeRules(_Spec):
    """What may be looked at. Without `include`, the seeds themselves say it. `exclude` wins."""

    include: tuple[str, ...] = Field(
        (),
        description="Names (with all below them; `=name` without), addresses, CIDR ranges, autonomous systems "
        "(`AS64500`) and `organization:Example Ltd` with their addresses. `country:DE`, `provider:Example Net` and "
        "`port:443` bound what is contacted and add nothing.",
    )
    exclude: tuple[str, ...] = Field(
        (),
        description="The same, never to be looked at.",
    )
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

    hours: tuple[Annotated[str, AfterValidator(_window)], ...] = Field(
        (),
        max_length=MOST_WINDOWS,
        description="Windows of the week in which hosts are contacted, such as MON-FRI 22:00-06:00; always if empty. "
        "Third parties and DNS are asked at any time.",
    )
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        "UTC", description="Whose clocks the windows go by, such as Europe/Berlin."
    )


class Budget(_Spec):
    """Where a run stops by itself, its results kept."""

    entities: int = Field(
        USUAL_BUDGET.entities, ge=1, le=1_000_000, description="Entities in scope."
    )
    requests: int = Field(
        USUAL_BUDGET.requests, ge=1, le=100_000_000, description="Entities looked at by collectors."
    )
    minutes: int = Field(
        USUAL_BUDGET.minutes,
        ge=1,
        le=100_000,
        description="Time from the first job, without pauses.",
    )

    key_units: int = Field(
        USUAL_BUDGET.key_units,
        ge=0,
        le=100_000_000,
        description="Units of keys that its lookups cost; what costs some is not asked any more once they are spent.",
    )

    def spent(self, kind: str) -> str:
        """What a run says when its budget of `entities`, `requests` or `minutes` is spent."""
        return f"the budget of {getattr(self, kind)} {kind} is spent"


class ScanSpec(_Spec):
    """A scan: seeds, what to ask, how far, and how much."""

    seeds: Annotated[tuple[str, ...], Field(min_length=1, max_length=1_000)]
    name: str = Field("", max_length=200, description="What people call it; the seeds if empty.")
    presets: Annotated[tuple[PresetName, ...], Field(min_length=1, max_length=len(PRESETS))] = (
        Field(
            (USUAL,),
            description="What it may do to its target, and whom it asks: what any of them allows.",
        )
    )
    authorization: str = Field(
        "",
        max_length=1_000,
        description="Who allowed it, and how that can be shown; an intrusive scan wants it.",
    )
    collectors: tuple[str, ...] = Field(
        (), description="Only these collectors; all that the presets allow if empty."
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

    @model_validator(mode="before")
    @classmethod
    def _as_before(cls, given: object) -> object:
        """Scans are kept as they were asked for; before 0.2 that was with one preset."""
        if isinstance(given, dict) and "preset" in given:
            given = dict(given)
            given.setdefault("presets", (given.pop("preset"),))
        return given

    @property
    def contact_hours(self) -> Hours:
        """When it may contact hosts."""
        return Hours.of(self.scope.hours, self.scope.timezone)

    @property
    def highest(self) -> ActivityClass:
        """The highest class of what it does to its target."""
        return highest_of(self.presets)

    def seed_entities(self) -> list[Entity]:
        """The seeds as entities. Raises Refused, naming the seed and what would be right."""
        return [detect(seed) for seed in self.seeds]

    def named_ids(self, org: str) -> list[str]:
        """The ids in an organization of all entities that it names, with what these imply. Raises Refused."""
        rules = (read_rule(text) for text in (*self.scope.include, *self.scope.exclude))
        named = [*self.seed_entities(), *(entity for rule in rules for entity in named_by(rule))]
        return sorted({entity.id_in(org) for entity in Content.of(named).entities.values()})

    def with_budget(self, change: Mapping[str, int]) -> ScanSpec:
        """The same with what `change` names of its budget. Raises InvalidQuestion naming what is out of bounds."""
        try:
            budget = Budget.model_validate({**self.budget.model_dump(), **change})
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            place = to_camel(str(problem["loc"][0]))
            raise InvalidQuestion(f"budget.{place}: {problem['msg']}") from error
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
