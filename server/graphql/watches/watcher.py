"""Looks at watches as things happen, and by the clock. One per process; any number of processes.

What happens is heard with the events that subscriptions are told of. Where something happened in an organization that
watches anything, its watches are looked at that were not since: each watch keeps the place in the stream of events
before which it was looked at, so nothing is missed while no process runs, and no clocks are compared.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from graph.errors import StoreUnavailable
from graph.queries.watch import LIST_ORGS, NoParams, WaitingRow
from graph.writer import Written
from server.graphql.events.stream import Event, Place
from server.graphql.watches.keeping import SET
from server.graphql.watches.looking import Looker
from server.jobs.log import get_logger

log = get_logger(__name__)

TICK_S = 60.0  # how often the clock is looked at
RETRY_S = 5.0
LEARN_S = 600.0  # how often it is asked which organizations watch anything: that one begins to may not be heard
SOON_S = 1.0  # after something happened: what happens together is looked at together
AT_ONCE = 6
AT_ONCE_OF_ONE = 2  # organization: one that watches what takes long does not keep others waiting
_UNHEARD = frozenset({"watch.changed", "run.progressed"})  # what answers do not change by


def place_text(place: Place) -> str:
    """A place in the stream of events as texts that sort as places do."""
    return f"{place.time:020d}-{place.serial:020d}"


@dataclass(eq=False)
class Watcher:
    """Looks at watches, and hands on what is to be published."""

    looker: Looker
    publish: Callable[[Written], Awaitable[None]]
    _place: str = ""
    _heard: dict[str, str] = field(default_factory=dict)
    _orgs: set[str] = field(default_factory=set)
    _is_lost: bool = True
    _learned_at: float = 0.0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _looks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _gates: defaultdict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE_OF_ONE))
    )

    def is_behind(self, org: str) -> bool:
        """Whether something happened in an organization that was not looked at."""
        return org in self._heard

    def hear(self, events: Sequence[Event] | None, place: Place) -> None:
        """Take in what happened up to a place in the stream; None where that is not known."""
        self._place = place_text(place)
        if events is None:
            self._is_lost = True
            self._woken.set()
            return
        for event in events:
            if event.type == SET:
                self._orgs.add(event.org)
            if event.org in self._orgs and event.type not in _UNHEARD:
                self._heard[event.org] = self._place
                self._woken.set()

    async def run(self) -> None:
        """Look at what is to be looked at, forever."""
        while True:
            pause_s = RETRY_S
            try:
                pause_s = await self.round()
            except StoreUnavailable as error:
                log.warning("watches wait for the database", reason=str(error))
            except Exception:
                log.exception("watches could not be looked at")
            try:
                async with asyncio.timeout(pause_s):
                    await self._woken.wait()
                    await asyncio.sleep(SOON_S)
            except TimeoutError:
                pass
            self._woken.clear()

    async def round(self) -> float:
        """Begin to look at everything that is to be looked at now, as far as nobody does; in how many seconds again."""
        if self._is_lost or time.monotonic() - self._learned_at > LEARN_S:
            await self._learn()
        heard = dict(self._heard)
        now = self.looker.clock()
        waiting = await self.looker.desk.waiting(now, heard)
        still = {each.org for each in waiting}
        self._orgs |= still
        for org, place in heard.items():
            if org not in still and self._heard.get(org) == place:
                del self._heard[org]
        pause_s = TICK_S
        for each in waiting:
            wait_s = (each.ready_at - now).total_seconds()
            if wait_s <= 0 and each.id not in self._looks:
                self._begin(each)
            pause_s = min(pause_s, max(wait_s, SOON_S))
        return pause_s

    async def settle(self) -> None:
        """Wait until what is looked at now has been."""
        await asyncio.gather(*self._looks.values())

    async def aclose(self) -> None:
        """Look at nothing more; what is looked at now is taken up elsewhere."""
        looks = list(self._looks.values())
        for each in looks:
            each.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    async def _learn(self) -> None:
        """Learn which organizations watch anything; after events were lost, all may have happened in any of them."""
        was_lost, self._is_lost = self._is_lost, False
        try:
            rows = await self.looker.desk.store.fetch(LIST_ORGS.bind(NoParams()))
        except BaseException:
            self._is_lost = was_lost or self._is_lost
            raise
        self._learned_at = time.monotonic()
        for row in rows:
            self._orgs.add(row.org)
            if was_lost and row.seen < self._place:
                self._heard[row.org] = self._place

    def _begin(self, waiting: WaitingRow) -> None:
        task = asyncio.create_task(self._look(waiting))
        self._looks[waiting.id] = task
        task.add_done_callback(lambda _: self._ended(waiting.id))

    def _ended(self, watch: str) -> None:
        self._looks.pop(watch, None)
        self._woken.set()  # it may be due again, and when is known by now

    async def _look(self, waiting: WaitingRow) -> None:
        """One that fails keeps nobody else from being looked at."""
        try:
            async with self._gates[waiting.org], self._gate:
                heard = self._heard.get(waiting.org, "")
                written = await self.looker.look(waiting.id, heard, self._place)
                if written is not None:
                    await self.publish(written)
        except StoreUnavailable as error:
            log.warning("a watch waits for the database", watch=waiting.id, reason=str(error))
        except Exception:
            log.exception("a watch could not be looked at", watch=waiting.id)
