"""What a watch is in the schema, and what changed in its answers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import strawberry

from graph.queries import watch as queries
from graph.select.cursors import Order
from graph.watches.telling import MOST_PARTS
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import framing, requires
from server.graphql.scalars import Json


@described(
    "How far a watch knows its query's answer.",
    WAITING="It was watched or saved, and not asked yet as it is now.",
    CURRENT="It is asked as things happen, and each hour.",
    FAILED="It could not be asked, or not answered whole; it is tried again, and when it is saved or watched again.",
)
class WatchState(enum.StrEnum):
    """How far a watch knows its query's answer."""

    WAITING = "WAITING"
    CURRENT = "CURRENT"
    FAILED = "FAILED"


@described(
    "What happened to a part of an answer.",
    ENTERED="An object is in a list now.",
    LEFT="An object is in a list no longer.",
    CHANGED="A value is another one.",
)
class PartChange(enum.StrEnum):
    """What happened to a part of an answer."""

    ENTERED = "ENTERED"
    LEFT = "LEFT"
    CHANGED = "CHANGED"


@strawberry.type(description="That a watched query could not be asked.")
@requires(Permission.READ_GRAPH)
class WatchFailure:
    """That a watched query could not be asked."""

    at: datetime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="A part in which an answer differs from the one before.")
@requires(Permission.READ_GRAPH)
class WatchPart:
    """A part in which an answer differs from the one before."""

    change: PartChange = strawberry.field(description="What happened to it.")
    path: str = strawberry.field(
        description="Where in `data`: names, and objects of lists by what they are called, as "
        "`domainNames.nodes[…].caption`; of an object that entered or left, the list's."
    )
    id: strawberry.ID | None = strawberry.field(
        description="What an object that entered or left is called (its `id`, else `key`); null where it does not say."
    )
    caption: str | None = strawberry.field(
        description="Its `caption`, `title`, `name` or `key` as far as the query asks for one; else null."
    )
    before: Json | None = strawberry.field(description="What was there before.")
    after: Json | None = strawberry.field(description="What is there since.")
    is_cut: bool = strawberry.field(
        description="Whether both were too long to be kept, so that neither is told."
    )


@strawberry.type(description="That the answer to a watched query changed.")
@requires(Permission.READ_GRAPH)
class WatchChange:
    """That the answer to a watched query changed."""

    id: strawberry.ID = strawberry.field(description="The change's id.")
    at: datetime = strawberry.field(description="When the query was asked that told it.")
    entered: int = strawberry.field(description="How many objects entered lists of the answer.")
    left: int = strawberry.field(description="How many objects left lists of the answer.")
    changed: int = strawberry.field(description="How many values became others.")
    parts: list[WatchPart] = strawberry.field(
        description=f"What that was, the first {MOST_PARTS} parts of it."
    )


def change_of(stored: Mapping[str, Any]) -> WatchChange:
    """A stored change as an object of the schema."""
    return WatchChange(
        id=strawberry.ID(stored["id"]),
        at=stored["at"],
        entered=stored["entered"],
        left=stored["left"],
        changed=stored["changed"],
        parts=[_part(each) for each in orjson.loads(stored["parts"])],
    )


def _part(kept: Mapping[str, Any]) -> WatchPart:
    return WatchPart(
        change=PartChange(kept["change"]),
        path=kept["path"],
        id=strawberry.ID(kept["id"]) if kept["id"] else None,
        caption=kept["caption"] or None,
        before=_json(kept["before"]),
        after=_json(kept["after"]),
        is_cut=kept["is_cut"],
    )


def _json(value: Any) -> Json | None:
    return None if value is None else Json(value)


@strawberry.type(description="A page of the changes of a watched query's answer.")
@framing
class WatchChangeConnection(Connection[WatchChange]):
    """A page of the changes of a watched query's answer."""


@strawberry.type(
    description="That a saved query is watched: asked again as things happen, as its owner might ask it then."
)
@requires(Permission.READ_GRAPH)
class Watch:
    """That a saved query is watched."""

    since: datetime = strawberry.field(description="Since when.")
    checked_at: datetime | None = strawberry.field(
        description="When it was asked last; null where it was not yet."
    )
    state: WatchState = strawberry.field(description="How far its answer is known.")
    failure: WatchFailure | None = strawberry.field(
        description="Why it could not be asked; null where it could."
    )
    is_told: bool = strawberry.field(
        description="Whether channels that tell of WATCH_CHANGED tell of its changes."
    )
    forgotten: int = strawberry.field(description="How many changes are kept no longer.")
    about: strawberry.Private[str]

    @documented()
    async def answer(self, info: Info) -> Json | None:
        """The last answer's data without what differs each time: cursors, measured times, when things were last seen.

        Null where there is none, and to who may do or read less by now, or by this key, than it was asked with.
        """
        context: Context = info.context
        params = queries.OwnWatchParams(id=self.about, **reader_of(context))
        found = await context.store.fetch_one(queries.GET_ANSWER.bind(params))
        return Json(orjson.loads(found.answer)) if found else None

    @documented()
    async def changes(
        self, info: Info, first: First = 25, after: After = None
    ) -> WatchChangeConnection:
        """What changed in its answer, the last change first.

        Without what was asked with more than the caller may do and read by now, or by this key.
        """
        context: Context = info.context
        pager = Pager(Order.MOVED, first, after)
        behind, behind_id = pager.moment
        which = queries.OwnWatchParams(id=self.about, **reader_of(context))
        params = queries.ChangesPageParams(
            **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
        )
        found = await context.store.fetch(queries.LIST_CHANGES.bind(params))
        count = counting(context.store, queries.COUNT_CHANGES.bind(which))
        rows = [change_of(each.properties) for each in found]
        page = pager.connection(rows, lambda each: (each.at, each.id), count)
        return WatchChangeConnection(edges=page.edges, page_info=page.page_info, count=page.count)

    @classmethod
    def of(cls, stored: Mapping[str, Any], number: int) -> Watch:
        """A stored watch as an object of the schema; `number` is how often its query was saved."""
        has_failed = stored["failed_at"] is not None
        is_current = stored["number"] == number
        state = WatchState.CURRENT if is_current else WatchState.WAITING
        return cls(
            since=stored["since"],
            checked_at=stored["checked_at"],
            state=WatchState.FAILED if has_failed else state,
            failure=WatchFailure(at=stored["failed_at"], reason=stored["failure"])
            if has_failed
            else None,
            is_told=stored["is_told"],
            forgotten=stored["forgotten"],
            about=stored["id"],
        )


def reader_of(context: Context) -> dict[str, Any]:
    """Who reads what is their own, and with what."""
    who = context.principal
    return {
        "org": who.org,
        "user": who.user,
        "readable": who.readable,
        "permissions": sorted(who.permissions),
    }
