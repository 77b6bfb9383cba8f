"""How what lies in the graph to be sent is sent: what is due is taken for a while, tried, and settled.

Whoever dies meanwhile leaves it to be due again. It is sent at least once, and once more only where its sender died
between sending and saying so.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from graph.store import Store
from server.vault.envelope import Sealing

TAKEN_FOR = timedelta(minutes=2)  # longer than any try takes
FIRST_PAUSE = timedelta(seconds=10)
AT_ONCE = 20

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def pause_after(tries: int, most: timedelta) -> timedelta:
    """How long to wait after so many tries: doubling, up to `most`."""
    # Bounded before it is a number that no duration holds.
    return min(FIRST_PAUSE * (1 << min(tries - 1, 20)), most)


class Sweeper(abc.ABC):
    """Sends what is due of one sort. `side_by_side` is how many at once: what hangs keeps up no more than its place."""

    side_by_side = 1

    def __init__(self, store: Store, masters: Sealing, clock: Clock = utc_now) -> None:
        self._store = store
        self._masters = masters
        self._clock = clock

    async def sweep(self) -> int:
        """Send what is due; how many were sent. Raises what a try raised, once all have ended."""
        places = asyncio.Semaphore(self.side_by_side)

        async def one(which: str) -> bool:
            async with places:
                return await self.deliver(which)

        due = await self._due(AT_ONCE)
        ended = await asyncio.gather(*map(one, due), return_exceptions=True)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
        return sum(each is True for each in ended)

    @abc.abstractmethod
    async def _due(self, limit: int) -> list[str]:
        """The ids of what is due, longest first."""

    @abc.abstractmethod
    async def deliver(self, which: str) -> bool:
        """Take one, unless somebody has it, try to send it, and settle that; whether it was sent."""
