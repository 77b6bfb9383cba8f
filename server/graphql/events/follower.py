"""One subscriber: a bounded buffer between the fan-out and a socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from server.graphql.events.stream import Place

MOST_BUFFERED_BYTES = 1_000_000


class SlowReader(Exception):  # noqa: N818 - a signal to the protocol handler
    """The follower reads more slowly than things happen; it may come back with its last cursor."""


class Interrupted(Exception):  # noqa: N818 - a signal to the protocol handler
    """Events were lost on the way here; the follower must subscribe again."""


@dataclass(frozen=True)
class Told:
    """One event's answer: where it stands, and the payload of `next`, shared by all followers."""

    place: Place
    payload: bytes
    is_last: bool = False


class Follower:
    """A subscriber. Live answers are held back until `release`, so that those of before come first."""

    def __init__(self) -> None:
        self._buffer: deque[Told] = deque()
        self._held: deque[Told] | None = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._fault: Exception | None = None

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
            self._bytes -= len(told.payload)
            if told.place > behind:
                self.push(told)

    def end(self, fault: Exception) -> None:
        """End it with a fault; what is buffered is dropped."""
        self._fault = self._fault or fault
        self._buffer.clear()
        self._arrived.set()

    def _has_room(self, told: Told) -> bool:
        if self._fault is not None:
            return False
        self._bytes += len(told.payload)
        if self._bytes > MOST_BUFFERED_BYTES:
            self.end(SlowReader())
        return self._fault is None

    async def payloads(self) -> AsyncIterator[bytes]:
        """What it is told, as it comes. Raises SlowReader, Interrupted."""
        while True:
            while self._buffer:
                told = self._buffer.popleft()
                self._bytes -= len(told.payload)
                yield told.payload
                if told.is_last:
                    return
            if self._fault is not None:
                raise self._fault
            self._arrived.clear()
            await self._arrived.wait()
