"""Who is like an entity, whether or not that is enough for a pair: compared as it is now, nothing is kept."""

from __future__ import annotations

from typing import NamedTuple

from graph.errors import InvalidQuestion
from graph.identity import blocks, gathering, pairs
from graph.match.score import Verdict
from graph.queries import matching as queries
from graph.store import Store

MOST = 100
_LOOKED_AT = 200  # more than are given: whoever asks may not read all


class Like(NamedTuple):
    """An entity that is like another, by its id, and why."""

    id: str
    verdict: Verdict


async def similar(store: Store, org: str, entity: str) -> list[Like]:
    """Those that are like an entity of the organization, the likeliest first, at most 200.

    Raises InvalidQuestion for an entity of a kind that is never compared. Who may read them is not looked at.
    """
    row = await store.fetch_one(gathering.values_of(org, [entity]))
    profile = gathering.profile_of(row) if row else None
    if profile is None:
        if row and row.properties is not None:
            kinds = ", ".join(gathering.KINDS)
            raise InvalidQuestion(f"id: it is none of {kinds}, and others are not compared")
        return []
    sought = blocks.record_of(org, profile, pairs.basis())
    found = await store.fetch_one(blocks.candidates_of([sought], _LOOKED_AT))
    others = queries.IdsParams(ids=found.candidates if found else [])
    likes = []
    kept = await store.fetch_one(queries.LIST_PROFILES.bind(others))
    for id_, _, text in kept.profiles if kept else ():
        against = gathering.from_json(text)
        scorer = pairs.scorer_between(profile, against)
        if scorer is not None:
            likes.append(Like(id_, scorer.judge(profile, against)))
    return sorted(likes, key=lambda like: (-like.verdict.score, like.id))
