"""Below which root fields relationships are those of all entities that are one, and who these are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from graph.queries.identity import FIND_MEMBERS, FIND_MEMBERS_AT, ManyAtParams, ManyParams
from server.graphql.context import Info


def note_resolved(info: Info, given: Mapping[str, Any]) -> None:
    """Remember for what lies below that this root field was asked for so, if it was."""
    if given.get("resolved"):
        info.context.resolved.add(info.path.key)


async def members(info: Info, entity: str, at: datetime | None) -> Sequence[str]:
    """Whose relationships are asked for: the entity's, or those of all that are one with it."""
    context, place = info.context, info.path
    while place.prev is not None:
        place = place.prev
    if place.key not in context.resolved:
        return [entity]
    given = {"org": context.org, "readable": context.readable, "ids": [entity]}
    found = (
        FIND_MEMBERS.bind(ManyParams(**given))
        if at is None
        else FIND_MEMBERS_AT.bind(ManyAtParams(**given, at=at))
    )
    row = await context.store.fetch_one(found)
    return row.members if row else [entity]
