"""Below which root fields relationships are those of all entities that are one, and who these are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from graph.queries.identity import FIND_MEMBERS, FIND_MEMBERS_AT, ManyAtParams, ManyParams
from server.graphql.context import Context, Info


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
    return (await members_of(context, [entity], at)).get(entity, [entity])


async def members_of(
    context: Context, entities: Sequence[str], at: datetime | None
) -> dict[str, list[str]]:
    """By each of these entities' ids, the ids of all that are one with it, itself among them, in order."""
    given = {"org": context.org, "readable": context.readable, "ids": list(entities)}
    found = (
        FIND_MEMBERS.bind(ManyParams(**given))
        if at is None
        else FIND_MEMBERS_AT.bind(ManyAtParams(**given, at=at))
    )
    return {row.id: row.members for row in await context.store.fetch(found)}
