"""Rows about subscribers: many of them, and some that do not read what they asked for."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from bench._kit.figure import percentile
from bench._kit.process import resident_mb
from bench._kit.swarm import Swarm
from bench.events import greeting, put
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, World
from graph.facts import Answer
from graph.facts import Outcome as Found
from graph.model.network import DomainName
from graph.writer import Writer
from server.jobs.events import STREAM
from server.web.socket import PROTOCOL

NARROW = "subscription { entityFound { entity { id key } } }"
# Some 12 kB of each event, so that a socket that is not read is full within seconds.
KEYS = " ".join(f"a{n}: key" for n in range(60))
WIDE = f"subscription {{ entityFound {{ entity {{ id {KEYS} }} }} }}"
FACT = """
mutation Fact($key: String!) {
  assertFact(input: {entity: {kind: DomainName, key: $key}}) { entity { id } errors { message } } }
"""


@contextmanager
def _many_files(count: int) -> Iterator[None]:
    """As many open files as this process needs. Raises ValueError where it may not have them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 1_000), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class ManySubscribers(Row):
    """10,000 subscribers of two API processes; then something happens."""

    number = 18
    goal = Goal("all hear of it within 5 s; under 60 kB of memory for each", 5)
    limit_s = 400.0
    count: ClassVar[int] = 10_000

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Join them, let the clocks run a random while, and state one fact."""
        pids = [world.keeper.pid(name) for name in APIS]
        swarm, half = Swarm(), self.count // len(APIS)
        with _many_files(self.count):
            try:
                before = sum(map(resident_mb, pids))
                for name in APIS:
                    await swarm.join(
                        half,
                        world.ports[name],
                        "/graphql",
                        PROTOCOL,
                        greeting(world.client.key, NARROW),
                        within_s=180,
                    )
                greeted = await swarm.wait(self.count, 60)
                await asyncio.sleep(dice.uniform(1, 10))
                grown = (sum(map(resident_mb, pids)) - before) * 1024 / self.count
                already, began = swarm.received, time.monotonic()
                key = f"{uuid.uuid4()}.subscribers.test"
                await world.client.do(FACT, {"key": key}, str(uuid.uuid4()))
                heard = await swarm.wait(already + self.count, 30)
                missing = already + self.count - swarm.received
                took = swarm.last_at - began
            finally:
                swarm.leave()
        broken: tuple[str, ...] = ()
        broken += () if greeted else ("not all were greeted within a minute",)
        broken += () if heard else (f"{missing} did not hear of it within 30 s",)
        broken += () if grown < 60 else (f"{grown:.0f} kB of memory for each",)
        return Outcome.of(recovery_s=took, broken=broken, note=f"{grown:.0f} kB each")


class SlowReaders(Row):
    """200 subscribers that stop reading while 12 kB and more a time come for them, beside 20 that read."""

    number = 17
    goal = Goal(
        "the slow ones are closed and hold 1 MB of memory at most; others hear within 200 ms (p99)"
    )
    slow: ClassVar[int] = 200
    fast: ClassVar[int] = 20
    per_s: ClassVar[int] = 20
    seconds: ClassVar[int] = 60

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Stop them at random moments of the first seconds, and tell events steadily."""
        port, pid = world.ports[APIS[0]], world.keeper.pid(APIS[0])
        ids = await _entities(world)
        slow, fast = Swarm(), Swarm()
        says = greeting(world.client.key, WIDE)
        await fast.join(self.fast, port, "/graphql", PROTOCOL, says)
        await slow.join(self.slow, port, "/graphql", PROTOCOL, says)
        await asyncio.gather(fast.wait(self.fast, 30), slow.wait(self.slow, 30))
        await asyncio.sleep(3)  # greeted is not yet subscribed
        before, most, lags = resident_mb(pid), 0.0, list[float]()
        stops = sorted(
            ((dice.uniform(0, 5), each) for each in slow.members), key=lambda stop: stop[0]
        )
        began = time.monotonic()
        async with world.queue() as queue:
            for number in range(self.per_s * self.seconds):
                await asyncio.sleep(max(0.0, began + number / self.per_s - time.monotonic()))
                while stops and time.monotonic() - began >= stops[0][0]:
                    stops.pop(0)[1].transport.pause_reading()
                told, wanted = time.monotonic(), fast.received + self.fast
                await put(queue, STREAM, world.org, [dice.choice(ids)])
                if await fast.wait(wanted, 5):
                    lags.append((fast.last_at - told) * 1000)
                most = max(most, resident_mb(pid) - before)
        broken = await self._closed(slow)
        fast.leave()
        p99 = percentile(lags, 0.99) if lags else 0.0
        if len(lags) < self.per_s * self.seconds:
            broken += (f"{self.per_s * self.seconds - len(lags)} events came after 5 s",)
        if p99 > 200:
            broken += (f"those who read heard after {p99:.0f} ms (p99)",)
        if most > self.slow:
            broken += (f"memory grew by {most:.0f} MB",)
        return Outcome.of(broken=broken, note=f"{most:+.0f} MB at most, p99 {p99:.0f} ms")

    async def _closed(self, slow: Swarm) -> tuple[str, ...]:
        """Read on, and look what became of them."""
        for member in slow.members:
            with contextlib.suppress(RuntimeError):  # it is gone already
                member.transport.resume_reading()
        await asyncio.sleep(10)  # as long as what was on its way may take
        is_open = sum(not each.fault for each in slow.members)
        slow.leave()
        return (f"{is_open} that did not read are still open",) if is_open else ()


async def _entities(world: World, count: int = 50) -> Sequence[str]:
    """Ids of some entities with long names."""
    now = datetime.now(UTC)
    names = [DomainName(name=f"{'x' * 60}.{'y' * 60}.{'z' * 60}.s{n}.test") for n in range(count)]
    async with Writer(world.store) as writer:
        await writer.write(
            world.org, [Answer(each, "faults", Found.FOUND, now, now, (each,)) for each in names]
        )
    return [each.id_in(world.org) for each in names]
