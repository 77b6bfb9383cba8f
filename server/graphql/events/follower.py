"""One subscriber: a bounded buffer between the fan-out and a socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cached_property

from server.graphql.events.stream import Place

MOST_BUFFERED_BYTES = 1_000_000


@dataclass
class Budget:
    """What may wait for one connection, however many subscriptions it has.

    `on_overrun` is called where it is not enough: whoever sends may be stuck, and cannot find out by itself.
    """

    most: int = MOST_BUFFERED_BYTES
    used: int = 0
    on_overrun: Callable[[], None] = lambda: None


class SlowReader(Exception):
    """The follower reads more slowly than things happen; it may come back with its last cursor."""


class Interrupted(Exception):
    """Events were lost on the way here; the follower must subscribe again."""


class Restarting(Exception):
    """The process ends; the follower finds another, or this one again, with its last cursor."""


@dataclass(frozen=True)
class Told:
    """One event's answer: where it stands, and the payload of `next`, shared by all followers."""

    place: Place
    payload: bytes
    is_last: bool = False

    @cached_property
    def text(self) -> str:
        """The payload as text, made once for all followers."""
        return self.payload.decode()


class Follower:
    """A subscriber. Live answers are held back until those of before are through, so that they come in order.

    What lies behind a cursor may be far more than fits into the buffer: it is made as the subscriber reads it.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self._budget = budget or Budget()
        self._buffer: deque[Told] = deque()
        self._held: deque[Told] | None = deque()
        self._arrived = asyncio.Event()
        self._fault: Exception | None = None
        self._before: tuple[AsyncIterator[Told], Place] | None = None

    def begin(self, before: AsyncIterator[Told], until: Place) -> None:
        """Tell first what lies before: `before` up to `until`."""
        self._before = before, until

    def put(self, told: Told) -> None:
        """Hand over a live answer."""
        if self._held is None:
            self.push(told)
        elif self._has_room(told):
            self._held.append(told)

    def push(self, told: Told) -> None:
        """Hand over an answer that is next in order."""
        if self._has_room(told):
            self._buffer.append(told)
            self._arrived.set()

    def release(self, behind: Place) -> None:
        """Let live answers through: first those held back, but for what lies before `behind`."""
        held, self._held = self._held or deque(), None
        for told in held:
            self._budget.used -= len(told.payload)
            if told.place > behind:
                self.push(told)

    def end(self, fault: Exception) -> None:
        """End it with a fault; what is buffered is dropped."""
        self._fault = self._fault or fault
        self.drop()
        self._arrived.set()

    def drop(self) -> None:
        """Give back what waits."""
        waiting = [*self._buffer, *(self._held or ())]
        self._budget.used -= sum(len(told.payload) for told in waiting)
        self._buffer.clear()
        if self._held:
            self._held.clear()

    def _has_room(self, told: Told) -> bool:
        if self._fault is not None:
            return False
        size = len(told.payload)
        if self._budget.used + size > self._budget.most:
            self.end(SlowReader())
            self._budget.on_overrun()
            return False
        self._budget.used += size
        return True

    async def answers(self) -> AsyncIterator[Told]:
        """What it is told, as it comes. Raises SlowReader, Interrupted, Restarting, and what `before` raises."""
        if self._before is not None:
            before, until = self._before
            async for told in before:
                if self._fault is not None:
                    raise self._fault
                yield told
                if told.is_last:
                    return
            self.release(until)
        while True:
            while self._buffer:
                told = self._buffer.popleft()
                self._budget.used -= len(told.payload)
                yield told
                if told.is_last:
                    return
            if self._fault is not None:
                raise self._fault
            self._arrived.clear()
            await self._arrived.wait()
