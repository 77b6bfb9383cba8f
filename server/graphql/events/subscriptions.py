"""The subscription fields: runs, entities and findings as they happen."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types.base import StrawberryList
from strawberry.types.field import StrawberryField

from graph.errors import NotFound
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, described, field, list_of, nullable
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.entities.vocabulary import EntityKind
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event, Place
from server.graphql.findings.queries import get_findings
from server.graphql.findings.types import Finding, Severity
from server.graphql.permissions import requires
from server.graphql.runs.types import Run, get_run
from server.jobs.lifecycle import FINAL

AFTER = argument(
    "after",
    nullable(str),
    "Resume behind this event's cursor; null to begin now. Nothing in between is left out.",
)


@described(
    "What happened to a run.",
    CURRENT="Nothing yet: how it stands as you begin to follow.",
    PROGRESSED="It went on, or may do more or less than before.",
    PAUSED="Somebody paused it.",
    RESUMED="Somebody let it go on.",
    FINISHED="It ended by itself.",
    CANCELLED="Somebody ended it.",
)
class RunChange(enum.StrEnum):
    """What happened to a run."""

    CURRENT = "CURRENT"
    PROGRESSED = "PROGRESSED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


@described(
    "How an entity came up.",
    CREATED="It was not known before.",
    REAPPEARED="It had gone, and holds again.",
)
class EntityChange(enum.StrEnum):
    """How an entity came up."""

    CREATED = "CREATED"
    REAPPEARED = "REAPPEARED"


@described(
    "What happened to a finding.",
    OPENED="A rule found it.",
    CHANGED="It rests on other facts, or says something else.",
    CLOSED="The rule matches no longer.",
    REOPENED="It is back.",
    SUPPRESSED="Somebody set it aside.",
    TRIAGED="Somebody moved it, gave it to somebody, or said something about it.",
)
class FindingChange(enum.StrEnum):
    """What happened to a finding."""

    OPENED = "OPENED"
    CHANGED = "CHANGED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    SUPPRESSED = "SUPPRESSED"
    TRIAGED = "TRIAGED"


@strawberry.type(description="Something that happened to a run.")
@requires(Permission.READ_SCANS)
class RunEvent:
    """Something that happened to a run."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it happened.")
    change: RunChange = strawberry.field(description="What happened.")
    run: Run = strawberry.field(description="The run as it is now.")


@strawberry.type(description="An entity that came up.")
@requires(Permission.READ_GRAPH)
class EntityEvent:
    """An entity that came up."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it was written.")
    change: EntityChange = strawberry.field(description="How it came up.")
    run_id: strawberry.ID | None = strawberry.field(
        description="The run that found it; null for an import or an assertion."
    )
    entity: Entity = strawberry.field(description="The entity as it is now.")


@strawberry.type(description="Something that happened to a finding.")
@requires(Permission.READ_FINDINGS)
class FindingEvent:
    """Something that happened to a finding."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it happened.")
    change: FindingChange = strawberry.field(description="What happened.")
    finding: Finding = strawberry.field(description="The finding as it is now.")


def _word(event: Event) -> str:
    return event.type.rpartition(".")[2].upper()


async def _load_runs(context: Context, events: Sequence[Event]) -> list[RunEvent | None]:
    runs = {each: await get_run(context, each) for each in {event.id for event in events}}
    return [
        RunEvent(cursor=event.place.cursor, at=event.at, change=RunChange(_word(event)), run=found)
        if (found := runs[event.id])
        else None
        for event in events
    ]


async def _open_run(context: Context, given: Arguments, place: Place) -> RunEvent:
    found = await get_run(context, given["id"])
    if found is None:
        raise NotFound(f"there is no run {given['id']}")
    return RunEvent(cursor=place.cursor, at=context.now(), change=RunChange.CURRENT, run=found)


def _is_ended(event: Any) -> bool:
    return event.run.state in FINAL


async def _load_entities(context: Context, events: Sequence[Event]) -> list[EntityEvent | None]:
    found = {
        record.id: Entity.of(record)
        for record in await reading.by_ids(context, [event.id for event in events])
    }
    runs = await _known_runs(context, events)
    return [
        EntityEvent(
            cursor=event.place.cursor,
            at=event.at,
            change=EntityChange(_word(event)),
            run_id=strawberry.ID(event.run) if event.run in runs else None,
            entity=found[event.id],
        )
        if event.id in found
        else None
        for event in events
    ]


async def _known_runs(context: Context, events: Sequence[Event]) -> set[str]:
    """The runs of some events that the caller may know of."""
    named = {event.run for event in events if event.run}
    if context.readable is None:
        return named
    return {each for each in named if await get_run(context, each)}


def _is_of_run(event: Any, given: Arguments) -> bool:
    return given.get("run") in (None, event.run_id)


def _is_wanted_entity(event: Event, given: Arguments) -> bool:
    kinds, run = given.get("kinds"), given.get("run")
    return (kinds is None or event.kind in [str(each) for each in kinds]) and (
        run is None or event.run == run
    )


async def _load_findings(context: Context, events: Sequence[Event]) -> list[FindingEvent | None]:
    found = await get_findings(context, [event.id for event in events])
    return [
        FindingEvent(
            cursor=event.place.cursor,
            at=event.at,
            change=FindingChange(_word(event)),
            finding=found[event.id],
        )
        if event.id in found
        else None
        for event in events
    ]


def _is_wanted_finding(event: Any, given: Arguments) -> bool:
    severities = given.get("severities")
    return severities is None or event.finding.severity in severities


RUN = Follow(
    types=frozenset(f"run.{change.value.lower()}" for change in RunChange) - {"run.current"},
    concerns=lambda event, given: event.id == given["id"],
    load=_load_runs,
    opening=_open_run,
    is_last=_is_ended,
)
ENTITY = Follow(
    types=frozenset({"entity.created", "entity.reappeared"}),
    concerns=_is_wanted_entity,
    load=_load_entities,
    admits=_is_of_run,
)
FINDING = Follow(
    types=frozenset(f"finding.{change.value.lower()}" for change in FindingChange),
    concerns=lambda _event, _given: True,
    load=_load_findings,
    admits=_is_wanted_finding,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "run_progressed",
            RunEvent,
            "A run as it goes on: first how it stands, then each step, until it ends.",
            arguments=[argument("id", strawberry.ID, "The run."), AFTER],
            reads=RUN,
            needs=Permission.READ_SCANS,
            is_subscription=True,
        ),
        field(
            "entity_found",
            EntityEvent,
            "Entities that come up: found by scans, imported or asserted.",
            arguments=[
                argument("run", nullable(strawberry.ID), "Only those that this run finds."),
                argument("kinds", nullable(StrawberryList(EntityKind)), "Only these kinds."),
                AFTER,
            ],
            reads=ENTITY,
            needs=Permission.READ_GRAPH,
            is_subscription=True,
        ),
        field(
            "finding_changed",
            FindingEvent,
            "Findings that are opened, changed, closed, reopened, set aside or moved on.",
            arguments=[
                argument("severities", nullable(list_of(Severity)), "Only of these severities."),
                AFTER,
            ],
            reads=FINDING,
            needs=Permission.READ_FINDINGS,
            is_subscription=True,
        ),
    ]
