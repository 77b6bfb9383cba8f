"""The subscription field: changes of a watched query's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import NotFound
from graph.queries import watch as queries
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, field
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event, Place
from server.graphql.events.subscriptions import AFTER
from server.graphql.permissions import requires
from server.graphql.saved.finding import seen
from server.graphql.watches.types import WatchChange, change_of, reader_of


@strawberry.type(description="That the answer to a watched query changed.")
@requires(Permission.READ_GRAPH)
class WatchEvent:
    """That the answer to a watched query changed."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When the query was asked that told it.")
    query: strawberry.ID = strawberry.field(description="The saved query's id.")
    change: WatchChange = strawberry.field(description="What changed.")


async def _load(context: Context, events: Sequence[Event]) -> list[WatchEvent | None]:
    params = queries.ChangesParams(ids=sorted({each.id for each in events}), **reader_of(context))
    found = await context.store.fetch(queries.LIST_BY_IDS.bind(params))
    stored = {str(row.properties["id"]): row.properties for row in found}
    return [
        WatchEvent(
            cursor=event.place.cursor,
            at=event.at,
            query=strawberry.ID(stored[event.id]["watch"]),
            change=change_of(stored[event.id]),
        )
        if event.id in stored
        else None
        for event in events
    ]


async def _known(context: Context, given: Arguments, place: Place) -> None:  # noqa: ARG001
    """Refuse to follow what there is not. Nothing is told at once."""
    found = await seen(context, given["id"])
    if not found or found[0]["watch"] is None:
        raise NotFound(f"there is no watched query {given['id'][:60]} of yours")


def _concerns(event: Event, given: Arguments) -> bool:
    return given["id"] in (event.data["watch"], event.data["name"])


CHANGED = Follow(
    types=frozenset({"watch.changed"}),
    concerns=_concerns,
    load=_load,
    opening=_known,
    is_personal=True,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "watch_changed",
            WatchEvent,
            "Changes of the answer to a watched query of one's own.",
            arguments=[argument("id", strawberry.ID, "The query's id, or its name."), AFTER],
            reads=CHANGED,
            needs=Permission.READ_GRAPH,
            is_subscription=True,
        )
    ]
