"""The subscription field: rows of a pattern as they enter and leave."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import NotFound
from graph.queries import pattern as queries
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, described, field
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event, Place
from server.graphql.events.subscriptions import AFTER
from server.graphql.patterns.types import PatternRow, get_pattern, rows_of
from server.graphql.permissions import requires


@described(
    "What happened to a row.", ENTERED="It is in the answer now.", LEFT="It is in it no longer."
)
class PatternChange(enum.StrEnum):
    """What happened to a row."""

    ENTERED = "ENTERED"
    LEFT = "LEFT"


@strawberry.type(description="A row that entered or left a pattern's answer.")
@requires(Permission.READ_GRAPH)
class PatternEvent:
    """A row that entered or left."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it entered or left.")
    change: PatternChange = strawberry.field(description="Which of both.")
    row: PatternRow = strawberry.field(description="The row as it is now.")


async def _load(context: Context, events: Sequence[Event]) -> list[PatternEvent | None]:
    params = queries.IdsParams(
        org=context.org, readable=context.readable, ids=sorted({each.id for each in events})
    )
    found = await context.store.fetch(queries.LIST_BY_IDS.bind(params))
    rows = {str(row.id): row for row in rows_of(found)}
    return [
        PatternEvent(
            cursor=event.place.cursor,
            at=event.at,
            change=PatternChange(event.type.rpartition(".")[2].upper()),
            row=rows[event.id],
        )
        if event.id in rows
        else None
        for event in events
    ]


async def _known(context: Context, given: Arguments, place: Place) -> None:  # noqa: ARG001
    """Refuse to follow what there is not. Nothing is told at once."""
    if await get_pattern(context, given["id"]) is None:
        raise NotFound(f"there is no pattern {given['id'][:60]}")


def _concerns(event: Event, given: Arguments) -> bool:
    return given["id"] in (event.data["pattern"], event.data["name"])


CHANGED = Follow(
    types=frozenset({"pattern.entered", "pattern.left"}),
    concerns=_concerns,
    load=_load,
    opening=_known,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "pattern_changed",
            PatternEvent,
            "Rows of a pattern as they enter and leave its answer.",
            arguments=[argument("id", strawberry.ID, "The pattern's id, or its name."), AFTER],
            reads=CHANGED,
            needs=Permission.READ_GRAPH,
            is_subscription=True,
        )
    ]
