"""What is asked of a scan: the input, and what is checked of it before anything starts."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

import orjson
import strawberry
from pydantic import ValidationError
from strawberry.utils.str_converters import to_camel_case

from graph.errors import InvalidQuestion
from server.configuration.kept import Configurations
from server.graphql.context import Context, Info
from server.graphql.declare import described, recorded
from server.graphql.scalars import Json
from server.jobs.presets import PRESETS, USUAL
from server.jobs.spec import ScanSpec
from server.modules.catalog import registry
from server.modules.naming import meant
from server.scheduling import asking

ScanPreset = enum.StrEnum(  # type: ignore[misc]  # a preset is declared in one place
    "ScanPreset", {name.upper().replace("-", "_"): name for name in PRESETS}
)
described(
    "What a scan may do to its target, and whom it asks. The first four go from least to most, others have a topic.",
    **{name.upper().replace("-", "_"): preset.summary for name, preset in PRESETS.items()},
)(ScanPreset)


@strawberry.input(
    description="Where a scan stops by itself, keeping what it found; null for what is usual in the organization."
)
class BudgetInput:
    """Where a scan stops by itself."""

    entities: int | None = strawberry.field(default=None, description="Entities in scope.")
    requests: int | None = strawberry.field(default=None, description="Lookups by collectors.")
    minutes: int | None = strawberry.field(
        default=None, description="Minutes from the first lookup, without pauses."
    )
    key_units: int | None = strawberry.field(
        default=None,
        description="Units of keys that lookups cost; what costs some is not asked any more once they are spent.",
    )


@strawberry.input(description="What to scan: what to start from, how far to go, what may be done.")
class StartScanInput:
    """What to scan."""

    seeds: list[str] = recorded(
        "What to start from, 1 to 1,000: domain names, addresses, CIDR ranges, "
        "AS numbers, URLs, e-mail addresses."
    )
    name: str = recorded("What people call it; empty for the seeds.", default="")
    presets: list[ScanPreset] = strawberry.field(
        default_factory=lambda: [ScanPreset(USUAL)],
        description="What it may do to its target, and whom it asks: all that any of them allows.",
    )
    authorization: str = recorded(
        "Who allowed it, and how that can be shown; DEEP wants it, for it does more to a target than anybody who looks "
        "at it.",
        default="",
    )
    include: list[str] = recorded(
        "What may be looked at: names with all below them, `=name` for one alone, addresses, ranges, AS numbers and "
        "`organization:Example Ltd` with their addresses; empty for the seeds. `country:DE`, `provider:Example Net` "
        "and `port:443` or `port:8000-8100` bound what is contacted instead.",
        default_factory=list,
    )
    exclude: list[str] = recorded(
        "What must never be looked at, by the same rules; wins over all else.",
        default_factory=list,
    )
    max_distance: int = strawberry.field(
        default=1, description="Hops from what is included that are still looked at, 0 to 5."
    )
    contact_distance: int = strawberry.field(
        default=0,
        description="Hops from what is included at which names are still contacted directly, 0 to 5: 0 leaves other "
        "people's sites and mail hosts alone.",
    )
    hours: list[str] = recorded(
        "Windows of the week in which hosts are contacted, such as `MON-FRI 22:00-06:00`; always if empty. "
        "Third parties and the Domain Name System are asked at any time.",
        default_factory=list,
    )
    timezone: str = recorded(
        "Whose clocks the hours go by, such as `Europe/Berlin`.", default="UTC"
    )
    collectors: list[str] = recorded(
        "Only these collectors; empty for all that the presets allow.", default_factory=list
    )
    exclude_collectors: list[str] = recorded("None of these collectors.", default_factory=list)
    options: Json | None = strawberry.field(
        default=None, description="Options by collector: an object of objects."
    )
    budget: BudgetInput | None = strawberry.field(
        default=None, description="Where it stops by itself; null for the usual budget."
    )
    max_age_minutes: int | None = strawberry.field(
        default=None,
        description="Answers up to this age are used again instead of asking anew; 0 for none. Null for what is usual "
        "in the organization, or else as long as each collector's answers are fresh (`Module.fresh`).",
    )


async def check(context: Context, spec: ScanSpec) -> None:
    """Refuse what the configuration does not allow, and to ask a collector by name that would look for nothing.

    Raises ModuleDisabled, InvalidQuestion.
    """
    await asking.check_configuration(context.store, context.org, spec)
    await asking.check_named(context.store, context.keys, context.org, spec, context.now())


def _check_names(place: str, names: Iterable[str]) -> None:
    """Refuse what no collector is named: a scan would look for nothing, or leave an option aside, without a word."""
    known = [
        name
        for name, listed in registry().collectors.items()
        if listed.manifest.kind == "collector"
    ]
    for name in names:
        if name not in known:
            hint = meant(name, known, "`collectors` lists them")
            raise InvalidQuestion(f"{place}: there is no collector {name[:100]}; {hint}")


def require(info: Info, spec: ScanSpec) -> None:
    """Ask for the permissions that this scan needs beside RUN_SCANS, and for the authorization that it has to state.

    Raises NotPermitted naming what needs which, InvalidQuestion.
    """
    for permission, what in asking.needed(spec):
        info.context.principal.require(permission, what)
    asking.check_authorized(spec)


async def spec_of(context: Context, given: StartScanInput) -> ScanSpec:
    """The specification, checked, with the organization's usual budget where none is given.

    Raises InvalidQuestion naming the first field that is wrong.
    """
    _check_names("collectors", given.collectors)
    _check_names("excludeCollectors", given.exclude_collectors)
    options: object = given.options
    if isinstance(options, dict):
        _check_names("options", options)
    asked: dict[str, Any] = {
        "seeds": given.seeds,
        "name": given.name,
        "presets": [each.value for each in given.presets],
        "authorization": given.authorization,
        "collectors": given.collectors,
        "exclude_collectors": given.exclude_collectors,
        "options": given.options or {},
        "scope": {
            "include": given.include,
            "exclude": given.exclude,
            "max_distance": given.max_distance,
            "contact_distance": given.contact_distance,
            "hours": given.hours,
            "timezone": given.timezone,
        },
        **await _usual(context, given),
    }
    try:
        return ScanSpec.model_validate_json(orjson.dumps(asked))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        # `scope` is of the specification alone; its rules are fields of the input.
        place = ".".join(to_camel_case(str(step)) for step in problem["loc"] if step != "scope")
        raise InvalidQuestion(f"{place}: {problem['msg']}") from error


async def _usual(context: Context, given: StartScanInput) -> dict[str, Any]:
    """What the organization has set for scans that say nothing else, and what this one says."""
    usual = (await Configurations(context.store).counting(context.org)).own.scans
    budget = vars(given.budget or BudgetInput())
    said = {name: most for name, most in budget.items() if most is not None}
    age = given.max_age_minutes
    return {
        "budget": {**usual.budget.model_dump(), **said},
        "max_age_minutes": usual.max_age_minutes if age is None else age,
    }
