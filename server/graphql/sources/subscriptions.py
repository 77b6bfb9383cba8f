"""The subscription field that follows processes: they appear, change their state, and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, described, field, nullable
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event
from server.graphql.events.subscriptions import AFTER
from server.graphql.permissions import requires
from server.graphql.sources.queries import Service
from server.jobs.presence import ServiceChange, presence_of

described(
    "What happened to a process.",
    APPEARED="It began, or is back after it was not heard of.",
    CHANGED="It is in another state.",
    GONE="It ended, or has not been heard of for so long that it counts as ended.",
)(ServiceChange)


@strawberry.type(description="Something that happened to a process of Mirage.")
@requires(Permission.READ_SERVICES)
class ServiceEvent:
    """Something that happened to a process."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it happened, by Redis's clock.")
    change: ServiceChange = strawberry.field(description="What happened.")
    service: Service = strawberry.field(description="The process as it was then.")


async def _load(_: Context, events: Sequence[Event]) -> list[ServiceEvent | None]:
    return [_of(event) for event in events]


def _of(event: Event) -> ServiceEvent | None:
    presence = presence_of(event.data)
    if presence is None:
        return None
    at = datetime.fromtimestamp(event.place.time / 1000, UTC)
    change = ServiceChange(event.type.rpartition(".")[2].upper())
    return ServiceEvent(
        cursor=event.place.cursor, at=at, change=change, service=Service.of(presence)
    )


def _concerns(event: Event, given: Arguments) -> bool:
    return given.get("role") in (None, event.data.get("role"))


SERVICE = Follow(
    types=frozenset(f"service.{change.value.lower()}" for change in ServiceChange),
    concerns=_concerns,
    load=_load,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "service_changed",
            ServiceEvent,
            "Processes as they appear, change their state, and go; `services` tells which there are.",
            arguments=[argument("role", nullable(str), "Only those of this role."), AFTER],
            reads=SERVICE,
            needs=Permission.READ_SERVICES,
            is_subscription=True,
        )
    ]
