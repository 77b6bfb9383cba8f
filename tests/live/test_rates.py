"""Ceilings that several processes keep together, on the real Redis."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.exceptions import ConnectionError as RedisAway

from collectors._kit.limits import Unlimited
from server.jobs.queue import Queue, open_queue
from server.jobs.rates import PREFIX, SharedRates


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def queues(redis_url: str) -> AsyncIterator[tuple[Queue, Queue]]:
    """The connections of two processes."""
    two = await open_queue(redis_url), await open_queue(redis_url)
    yield two
    for each in two:
        await each.aclose()


class Waits:
    """Sleeps that are noted and not slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_two_processes_share_one_ceiling(queues: tuple[Queue, Queue]) -> None:
    waits, key = Waits(), f"host {uuid.uuid4()}"
    limiters = [SharedRates(queue, sleep=waits) for queue in queues]
    began = time.monotonic()
    for number in range(20):
        await limiters[number % 2].acquire(key, 5)
    took = time.monotonic() - began
    # Five at once, then one each 200 ms, counted from the first.
    assert len(waits.seconds) >= 14 - int(took * 5)
    assert waits.seconds[-1] == pytest.approx(3.0 - took, abs=0.25)


async def test_what_was_not_used_is_not_saved_up(queues: tuple[Queue, Queue]) -> None:
    waits, key = Waits(), f"host {uuid.uuid4()}"
    shared = SharedRates(queues[0], sleep=waits)
    await shared.acquire(key, 20)
    await asyncio.sleep(1.2)
    for _ in range(25):
        await shared.acquire(key, 20)
    assert 1 <= len(waits.seconds) <= 5


async def test_less_than_one_a_second_waits_from_the_second_on(queues: tuple[Queue, Queue]) -> None:
    waits, key = Waits(), f"source {uuid.uuid4()}"
    shared = SharedRates(queues[0], sleep=waits)
    await shared.acquire(key, 0.5)
    assert waits.seconds == []
    await shared.acquire(key, 0.5)
    assert waits.seconds == [pytest.approx(2, abs=0.2)]


async def test_redis_does_not_learn_whose_hosts_are_looked_at(queues: tuple[Queue, Queue]) -> None:
    name = f"{uuid.uuid4()}.example"
    await SharedRates(queues[0]).acquire(f"host {name}", 100)
    keys = [key async for key in queues[0].scan_iter(f"{PREFIX}*")]
    assert keys
    assert not [key for key in keys if name.encode() in key]


async def test_each_keeps_the_ceiling_by_itself_while_redis_is_away(
    queues: tuple[Queue, Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, float]] = []

    class Alone(Unlimited):
        async def acquire(self, key: str, per_s: float) -> None:
            asked.append((key, per_s))

    async def away(*_: object) -> None:
        raise RedisAway("gone")

    shared = SharedRates(queues[0], Alone())
    await shared.acquire("host a", 1_000)
    monkeypatch.setattr(queues[0], "eval", away)
    await shared.acquire("host b", 1_000)
    monkeypatch.undo()
    await shared.acquire("host c", 1_000)
    assert asked == [("host b", 1_000)]
