"""The subscription field: pairs as they are brought up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.declare import argument, field, list_of, nullable
from server.graphql.events.follow import Arguments, Follow
from server.graphql.events.stream import Event
from server.graphql.events.subscriptions import AFTER
from server.graphql.identity.types import Match, get_matches
from server.graphql.permissions import requires


@strawberry.type(description="A pair that was brought up.")
@requires(Permission.READ_GRAPH)
class MatchEvent:
    """A pair that was brought up."""

    cursor: str = strawberry.field(description="This event's place, to resume behind it.")
    at: datetime = strawberry.field(description="When it was brought up.")
    match: Match = strawberry.field(description="The pair as it is now.")


async def _load(context: Context, events: Sequence[Event]) -> list[MatchEvent | None]:
    found = await get_matches(context, [event.id for event in events])
    return [
        MatchEvent(cursor=event.place.cursor, at=event.at, match=found[event.id])
        if event.id in found
        else None
        for event in events
    ]


def _is_wanted(event: Any, given: Arguments) -> bool:
    kinds = given.get("kinds")
    least: float = given.get("least_score") or 0.0
    return (kinds is None or event.match.kind in kinds) and event.match.score >= least


RAISED = Follow(
    types=frozenset({"match.raised"}),
    concerns=lambda _event, _given: True,
    load=_load,
    admits=_is_wanted,
)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        field(
            "match_raised",
            MatchEvent,
            "Pairs that may be one, as they are brought up.",
            arguments=[
                argument("kinds", nullable(list_of(str)), "Only by these scorers."),
                argument("least_score", nullable(float), "Only with at least this score."),
                AFTER,
            ],
            reads=RAISED,
            needs=Permission.READ_GRAPH,
            is_subscription=True,
        )
    ]
