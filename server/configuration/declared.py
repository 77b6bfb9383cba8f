"""What can be set while Mirage runs, for an organization and for the platform. Values only; nothing here reads them.

A setting is a field of one of these models: its place is its name, its type says which values are right, its
description is what people read. To add one, add a field.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from graph.errors import InvalidQuestion, MirageError
from server.configuration.rules import read_rule
from server.modules.naming import meant

LONGEST_LIST = 5_000
MOST_MINUTES_OLD = 527_040  # a year: what answers that are used again may be at most
LEAST_LOOKUP_DAYS = 440  # that, and as long as a run may take that uses them

Values = Mapping[str, Any]
"""Settings by their places (`scans.budget.minutes`), those that were set."""


class Reach(enum.StrEnum):
    """Whom a configuration is for."""

    ORGANIZATION = "organization"
    PLATFORM = "platform"


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _known(text: str) -> str:
    """What a scan could name. Raises ValueError saying what would be right."""
    try:
        read_rule(text)
    except MirageError as error:
        raise ValueError(str(error)) from error
    return text


Named = Annotated[str, AfterValidator(_known)]
Excluded = Annotated[tuple[Named, ...], Field(max_length=LONGEST_LIST)]


class UsualBudget(_Group):
    """Where a run stops by itself if whoever starts it says nothing else."""

    entities: int = Field(
        5_000, ge=1, le=1_000_000, description="Entities in scope of a run that names no number."
    )
    requests: int = Field(
        100_000, ge=1, le=100_000_000, description="Lookups of a run that names no number."
    )
    minutes: int = Field(60, ge=1, le=100_000, description="Minutes of a run that names no number.")
    key_units: int = Field(
        1_000,
        ge=0,
        le=100_000_000,
        description="Units of keys that a run which names no number may spend.",
    )


class Ceiling(_Group):
    """The largest budget that a run may have."""

    entities: int | None = Field(
        None, ge=1, le=1_000_000, description="Entities in scope that a run may ask for at most."
    )
    requests: int | None = Field(
        None, ge=1, le=100_000_000, description="Lookups that a run may ask for at most."
    )
    minutes: int | None = Field(
        None, ge=1, le=100_000, description="Minutes that a run may ask for at most."
    )
    key_units: int | None = Field(
        None, ge=0, le=100_000_000, description="Units of keys that a run may ask for at most."
    )


class Scans(_Group):
    """Scans of an organization."""

    budget: UsualBudget = UsualBudget()
    max_age_minutes: int | None = Field(
        None,
        ge=0,
        le=MOST_MINUTES_OLD,
        description="Age up to which answers are used again by a run that names none; null: as long as each "
        "collector's answers are fresh.",
    )
    exclude: Excluded = Field(
        (),
        description="Names with all below them (`=name` alone), addresses, ranges, AS numbers, ports (`port:25`) and "
        "places (`country:DE`) that no run of the organization looks at, whatever its scan says.",
    )


class ScansOfAll(_Group):
    """Scans of all organizations."""

    ceiling: Ceiling = Ceiling()
    exclude: Excluded = Field(
        (),
        description="Names with all below them (`=name` alone), addresses, ranges, AS numbers, ports (`port:25`) and "
        "places (`country:DE`) that no run on this platform looks at.",
    )
    host_per_s: float | None = Field(
        None,
        gt=0,
        le=1_000,
        description="Requests a second to any one host, of all runs together; null: as many as each collector's "
        "manifest says.",
    )


def _days(description: str, least: int = 1) -> Any:
    return Field(None, ge=least, le=36_500, description=description)


class Retention(_Group):
    """How long an organization keeps what."""

    evidence_days: int | None = _days(
        "Days for which raw answers are kept after they were last given; null: for ever. What was read from them stays."
    )
    runs_days: int | None = _days(
        "Days for which a run is kept after its end; null: for ever. The last of a scan stays, and so does "
        "whatever something is known by."
    )
    jobs_days: int | None = _days(
        "Days for which the jobs of a run are kept after its end, also of those given up; null: as long as "
        "the run."
    )
    findings_days: int | None = _days(
        "Days for which findings are kept after they were closed; null: for ever. Those with notes stay."
    )
    lookups_days: int | None = _days(
        "Days for which it is kept when answers were given that could be used again; null: for ever.",
        LEAST_LOOKUP_DAYS,
    )
    patterns_days: int | None = _days(
        "Days for which rows are kept after they left a pattern; null: as many rows as patterns.past says."
    )


class Patterns(_Group):
    """Patterns that an organization keeps."""

    most: int = Field(50, ge=0, le=500, description="Patterns that the organization may keep.")
    rows: int = Field(
        10_000, ge=1, le=100_000, description="Rows that the answer of one pattern may have."
    )
    past: int = Field(
        10_000,
        ge=0,
        le=100_000,
        description="Rows that left the answer of one pattern and are kept, the latest of them.",
    )


class Queries(_Group):
    """Queries that members save."""

    most: int = Field(
        500, ge=0, le=10_000, description="Queries that all members together may have saved."
    )


class Watches(_Group):
    """Saved queries that are watched."""

    most: int = Field(
        50, ge=0, le=500, description="Saved queries that all members together may watch."
    )
    changes: int = Field(
        1_000,
        ge=1,
        le=10_000,
        description="Changes of the answer to one watched query that are kept, the latest of them.",
    )


class LeastRetention(_Group):
    """How long every organization keeps what at least: no shorter time counts."""

    evidence_days: int | None = _days(
        "Days for which every organization keeps raw answers at least."
    )
    runs_days: int | None = _days("Days for which every organization keeps runs at least.")
    jobs_days: int | None = _days(
        "Days for which every organization keeps the jobs of runs at least."
    )
    findings_days: int | None = _days(
        "Days for which every organization keeps closed findings at least."
    )
    lookups_days: int | None = _days(
        "Days for which every organization keeps when answers were given at least.",
        LEAST_LOOKUP_DAYS,
    )
    patterns_days: int | None = _days(
        "Days for which every organization keeps rows at least that left a pattern."
    )


class MostRetention(_Group):
    """How long any organization keeps what at most: no longer time counts, unless a floor asks for it."""

    evidence_days: int | None = _days("Days for which an organization keeps raw answers at most.")
    runs_days: int | None = _days("Days for which an organization keeps runs at most.")
    jobs_days: int | None = _days("Days for which an organization keeps the jobs of runs at most.")
    findings_days: int | None = _days(
        "Days for which an organization keeps closed findings at most."
    )
    lookups_days: int | None = _days(
        "Days for which an organization keeps when answers were given at most.", LEAST_LOOKUP_DAYS
    )
    patterns_days: int | None = _days(
        "Days for which an organization keeps rows at most that left a pattern."
    )


class RetentionOfAll(_Group):
    """How long organizations keep what, at least and at most."""

    floor: LeastRetention = LeastRetention()
    ceiling: MostRetention = MostRetention()


class OrganizationSettings(_Group):
    """What an organization sets."""

    scans: Scans = Scans()
    retention: Retention = Retention()
    patterns: Patterns = Patterns()
    queries: Queries = Queries()
    watches: Watches = Watches()


class PlatformSettings(_Group):
    """What the platform's operators set for all organizations."""

    scans: ScansOfAll = ScansOfAll()
    retention: RetentionOfAll = RetentionOfAll()


MODELS: Mapping[Reach, type[_Group]] = {
    Reach.ORGANIZATION: OrganizationSettings,
    Reach.PLATFORM: PlatformSettings,
}


@dataclass(frozen=True)
class Declared:
    """Something that can be set. `schema` is a JSON Schema of its values."""

    place: str
    summary: str
    default: Any
    schema: Mapping[str, Any]


@cache
def declared(reach: Reach) -> Mapping[str, Declared]:
    """What can be set there, by place."""
    return {each.place: each for each in _declared(MODELS[reach], "")}


def _declared(model: type[BaseModel], above: str) -> Iterator[Declared]:
    written = model.model_json_schema()
    for name, field in model.model_fields.items():
        place = f"{above}{name}"
        if group := _group_of(field):
            yield from _declared(group, f"{place}.")
            continue
        schema = {**written["properties"][name]}
        for of_others in ("title", "description", "default"):
            schema.pop(of_others, None)
        yield Declared(place, field.description or "", _plain(field.default), schema)


def _group_of(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _plain(value: Any) -> Any:
    """A value as JSON gives it back."""
    return orjson.loads(orjson.dumps(value))


def read(reach: Reach, values: Values) -> Any:
    """The settings, defaults where none was set: an OrganizationSettings or PlatformSettings.

    Raises InvalidQuestion with the place of the first that is wrong, and what would be right.
    """
    for place in values:
        check_place(reach, place)
    try:
        return MODELS[reach].model_validate_json(orjson.dumps(nested(values)))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        raise InvalidQuestion(f"{place}: {said}") from error


def check_place(reach: Reach, place: str) -> None:
    """Raise InvalidQuestion where nothing is set at this place, naming what is near."""
    if place not in (known := declared(reach)):
        hint = meant(place, known, f"there are {', '.join(known)}")
        raise InvalidQuestion(f"{place[:100] or 'settings'}: there is no such setting; {hint}")


def checked(reach: Reach, values: Values) -> Values:
    """The same in the form in which it is kept: in the order of places. Raises InvalidQuestion."""
    read(reach, values)
    return {place: _plain(values[place]) for place in sorted(values)}


def nested(values: Values) -> dict[str, Any]:
    """Values by place as an object of objects."""
    found: dict[str, Any] = {}
    for place, value in values.items():
        *groups, name = place.split(".")
        inner = found
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = value
    return found


def flat(reach: Reach, written: object) -> Values:
    """An object of objects as values by place. Raises InvalidQuestion naming what is no setting."""
    return dict(_flat(reach, written, ""))


def _flat(reach: Reach, written: object, place: str) -> Iterator[tuple[str, Any]]:
    if place in declared(reach) or not isinstance(written, dict):
        check_place(reach, place)
        yield place, written
        return
    for name, value in written.items():
        yield from _flat(reach, value, f"{place}.{name}" if place else str(name))


def effective(reach: Reach, values: Values) -> Values:
    """Every setting by place as it counts, defaults included."""
    return {place: values.get(place, each.default) for place, each in declared(reach).items()}
