"""The seeds of a run as claims: that somebody asked for them is on record like any other answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from graph.facts import Answer, Content, Outcome, strictest_of
from graph.model.base import Entity

RELIABILITY = 0.5  # that somebody asks about a thing says little of whether there is one


def named_by(seed: Entity) -> Iterable[Entity]:
    """A seed, and what its key implies."""
    return Content.of((seed,)).entities.values()


def seed_answers(
    org: str, run: str, seeds: Iterable[Entity], markings: Mapping[str, str], now: datetime
) -> list[Answer]:
    """What the seeds of a run state; `markings` are those of what they name, by id.

    Each is marked like what it is about: to ask about something in confidence does not make it known to everybody.
    """
    return [
        Answer(
            seed,
            "seed",
            Outcome.FOUND,
            now,
            now,
            (seed,),
            run=run,
            reliability=RELIABILITY,
            tlp=strictest_of(markings.get(each.id_in(org), "") for each in named_by(seed)),
        )
        for seed in seeds
    ]
