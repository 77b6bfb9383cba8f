"""An entity as a caller's own statement knows it, for answers to callers who may not read what else is known of it."""

from __future__ import annotations

from datetime import datetime

from graph.claims import doubt_of
from graph.encoding import own_properties
from graph.facts import Answer, Outcome, values_of
from graph.model.base import Entity
from graph.upsert.facts import native_values
from server.graphql.context import Context
from server.graphql.entities import reading
from server.graphql.entities.record import EntityRecord


async def readable_or_stated(context: Context, answer: Answer) -> EntityRecord:
    """What the answer is about as it is now or, where that may not be read, as this answer alone tells it.

    So whoever states something learns no more of what is kept from them than from stating what nobody knows.
    """
    found = await reading.by_id(context, answer.about.id_in(context.org))
    return found or _stated(context.org, answer.about, answer)


def _stated(org: str, about: Entity, answer: Answer) -> EntityRecord:
    holds = answer.outcome is Outcome.FOUND
    at: datetime = answer.ended_at
    held = {"holds_since": at, "supports": 1, "doubt": doubt_of(answer.reliability)}
    own = native_values(type(about), own_properties(about, values_of(about)))
    return EntityRecord(
        {
            **own,
            "id": about.id_in(org),
            "key": about.key,
            "caption": about.caption(),
            "first_seen": at,
            "last_seen": at,
            "tlp": answer.tlp or None,
            **(held if holds else {}),
        },
        labels=("Entity", about.label, *sorted(about.roles())),
    )
