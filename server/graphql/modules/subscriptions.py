"""The subscription field that follows modules: they stop being asked since they do not work, and are asked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, field, nullable
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event
from server.graphql.events.subscriptions import AFTER
from server.graphql.modules.now import STANDING
from server.graphql.modules.types import Module
from server.graphql.modules.vocabulary import ModuleChange
from server.graphql.permissions import requires
from server.modules import catalog


@strawberry.type(description="Something that happened to a module in the organization.")
@requires(Permission.READ_SERVICES)
class ModuleEvent:
    """Something that happened to a module."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it happened.")
    change: ModuleChange = strawberry.field(description="What happened.")
    module: Module = strawberry.field(description="The module as it is now.")


async def _load(context: Context, events: Sequence[Event]) -> list[ModuleEvent | None]:
    context.once.forget(STANDING)  # what was read before it happened
    return [_of(event) for event in events]


def _of(event: Event) -> ModuleEvent | None:
    found = catalog.modules().get(event.id)
    if found is None:
        return None
    change = ModuleChange(event.type.rpartition(".")[2].upper())
    return ModuleEvent(
        cursor=event.place.cursor, at=event.at, change=change, module=Module.of(found)
    )


def _concerns(event: Event, given: Arguments) -> bool:
    return given.get("id") in (None, event.id)


MODULE = Follow(
    types=frozenset(f"module.{change.value.lower()}" for change in ModuleChange),
    concerns=_concerns,
    load=_load,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "module_changed",
            ModuleEvent,
            "Modules as they stop being asked since they do not work, and are asked again.",
            arguments=[argument("id", nullable(strawberry.ID), "Only this one."), AFTER],
            reads=MODULE,
            needs=Permission.READ_SERVICES,
            is_subscription=True,
        )
    ]
