"""What a subscription field follows: which events concern it, and what it gives for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.graphql.context import Context
from server.graphql.events.stream import Event, Place

Arguments = Mapping[str, Any]


async def _nothing(context: Context, given: Arguments, place: Place) -> object | None:  # noqa: ARG001
    return None


@dataclass(frozen=True)
class Follow:
    """How a subscription field answers. Filtering is pure; `load` reads what the events are about, for many at once.

    `load` gives an object of the field's type for each event, or None where there is nothing left to tell. `opening`
    gives what a follower is told at once, before any event. `is_last` says after which event nothing
    can follow, `admits` decides by the object where the event alone does not tell. `is_personal` says that it
    depends on who follows, not only on what they may do and read.
    """

    types: frozenset[str]
    concerns: Callable[[Event, Arguments], bool]
    load: Callable[[Context, Sequence[Event]], Awaitable[Sequence[object | None]]]
    opening: Callable[[Context, Arguments, Place], Awaitable[object | None]] = _nothing
    is_last: Callable[[object], bool] = lambda _: False
    admits: Callable[[Any, Arguments], bool] = lambda _, __: True
    is_personal: bool = False
