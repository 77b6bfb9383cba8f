"""One question that is followed: each event is loaded, executed and encoded once for all who ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.graphql.context import Context
from server.graphql.events.follow import Follow
from server.graphql.events.follower import Follower, Interrupted, Told
from server.graphql.events.stream import STRETCH, Event, Place
from server.graphql.execution import Asked, Executor, written
from server.jobs.log import get_logger

log = get_logger(__name__)

MOST_WAITING = 2_000
OF_THE_INSTALLATION = ""  # the organization of events that are about no organization's


@dataclass(eq=False)
class Channel:
    """One question and its followers. `context` is that of one of them; all have its access class."""

    asked: Asked
    follow: Follow
    given: Mapping[str, Any]
    context: Context
    executor: Executor
    followers: set[Follower] = field(default_factory=set)
    _inbox: asyncio.Queue[list[Event]] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def concerning(self, events: Sequence[Event]) -> list[Event]:
        """Those events that the question is about."""
        return [
            event
            for event in events
            if event.org in (self.context.org, OF_THE_INSTALLATION)
            and event.type in self.follow.types
            and self.follow.concerns(event, self.given)
        ]

    def offer(self, events: Sequence[Event]) -> None:
        """Take in what happened; where it comes too fast, the followers must subscribe again."""
        mine = self.concerning(events)
        try:
            if mine:
                self._inbox.put_nowait(mine)
        except asyncio.QueueFull:
            self.interrupt()

    def interrupt(self) -> None:
        """End all followers: some event is lost to them."""
        self.end(Interrupted())

    def end(self, fault: Exception) -> None:
        """End all followers."""
        for follower in list(self.followers):
            follower.end(fault)

    async def run(self) -> None:
        """Answer what comes in, forever."""
        while True:
            events = await self._inbox.get()
            # What came meanwhile is loaded together with it: a read of the database costs more than its rows.
            while len(events) < STRETCH and not self._inbox.empty():
                events = [*events, *self._inbox.get_nowait()]
            try:
                async for told in self.answers(events):
                    for follower in list(self.followers):
                        follower.put(told)
            except Exception:
                # Followers must not wait for ever on a question that cannot be answered now.
                log.exception("a subscription could not be answered")
                self.interrupt()

    async def answers(self, events: Sequence[Event]) -> AsyncIterator[Told]:
        """The payloads for events that concern the question."""
        for start in range(0, len(events), STRETCH):
            some = events[start : start + STRETCH]
            loaded = await self.follow.load(self.context, some)
            for event, found in zip(some, loaded, strict=True):
                if found is not None and self.follow.admits(found, self.given):
                    yield await self.told(event.place, found)
                    await asyncio.sleep(0)  # others' turn: executing does not wait for anything

    async def told(self, place: Place, found: object) -> Told:
        """The payload for one object of the field's type."""
        result = await self.executor.execute(self.asked, self.context, found)
        answered = written(result, self.context, "event")
        return Told(place, answered.body, self.follow.is_last(found))
