"""Whose job is next in a queue, on the real Redis: what is put into it, and in which order it comes out."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from arq.constants import in_progress_key_prefix, job_key_prefix

from server.jobs.fairness import EPOCH, Whose
from server.jobs.queue import Hint, Queue, hint_collect, hint_probe, open_queue


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@pytest.fixture
def name() -> str:
    return f"mirage:queue:test:{uuid.uuid4().hex}"


async def hand_in(queue: Queue, name: str, whose: Whose, count: int, begin: int = 0) -> None:
    for number in range(begin, begin + count):
        lease = f"{name.rpartition(':')[2]}.{whose.run}-{number}"  # another one in each test
        await hint_collect(queue, Hint(lease, "any"), whose, name)


async def take(queue: Queue, name: str, count: int) -> list[str]:
    """The jobs that workers would take next, as done: by the runs whose they are."""
    found = [job.decode() for job in await queue.zrange(name, 0, count - 1)]
    for job in found:
        await queue.zrem(name, job)
        await queue.delete(f"{job_key_prefix}{job}")
    return [job.split(":")[1].partition(".")[2].rpartition("-")[0] for job in found]


BIG, SMALL = Whose("big", "many"), Whose("small", "few")


async def test_whoever_has_little_to_do_does_not_wait_for_whoever_has_much(
    queue: Queue, name: str
) -> None:
    await hand_in(queue, name, BIG, 300)
    assert await take(queue, name, 10) == ["many"] * 10
    await hand_in(queue, name, SMALL, 5)
    assert Counter(await take(queue, name, 12))["few"] == 5
    assert await take(queue, name, 3) == ["many"] * 3


async def test_runs_share_what_their_organization_has(queue: Queue, name: str) -> None:
    await hand_in(queue, name, BIG, 1)
    other = Whose("big", "more")
    for begin in range(1, 100):
        await hand_in(queue, name, BIG, 1, begin)
        await hand_in(queue, name, other, 1, begin)
    await hand_in(queue, name, SMALL, 100)
    shares = Counter(await take(queue, name, 80))
    assert shares["few"] == pytest.approx(40, abs=4)
    assert shares["many"] == pytest.approx(shares["more"], abs=4)


async def test_nobody_pays_for_having_worked_while_nobody_else_did(queue: Queue, name: str) -> None:
    await hand_in(queue, name, BIG, 50)
    assert len(await take(queue, name, 50)) == 50
    await hand_in(queue, name, SMALL, 20)
    await hand_in(queue, name, BIG, 20, 50)
    assert Counter(await take(queue, name, 10))["many"] == pytest.approx(5, abs=1)


async def test_what_waits_is_hinted_once_and_what_a_dead_worker_had_is_hinted_again(
    queue: Queue, name: str
) -> None:
    hint = Hint(str(uuid.uuid4()), "any")
    for _ in range(3):
        await hint_collect(queue, hint, BIG, name)
    assert await queue.zcard(name) == 1
    await hint_collect(queue, Hint(hint.lease, "any", 1), BIG, name)
    assert await queue.zcard(name) == 2, "it was taken meanwhile and lies ready again"
    await queue.set(f"{in_progress_key_prefix}collect:{hint.lease}:0", "1", ex=60)
    await hint_collect(queue, hint, BIG, name)
    assert await queue.zcard(name) == 3, "whoever has it in hand may be dead"
    await queue.delete(f"{in_progress_key_prefix}collect:{hint.lease}:0")


async def test_what_is_hinted_again_does_not_fall_back(queue: Queue, name: str) -> None:
    await hand_in(queue, name, SMALL, 3)
    for _ in range(50):
        await hand_in(queue, name, SMALL, 3)
    await hand_in(queue, name, BIG, 20)
    await hand_in(queue, name, SMALL, 1, 3)
    assert Counter(await take(queue, name, 8))["few"] == 4


async def test_what_is_tried_again_at_a_time_does_not_set_the_clock(
    queue: Queue, name: str
) -> None:
    await queue.enqueue_job("collect", "x", _queue_name=name, _defer_by=100)
    await hand_in(queue, name, BIG, 1)
    ((_, score),) = await queue.zrange(name, 0, 0, withscores=True)
    assert score == EPOCH.timestamp() * 1000


async def test_whoever_waits_for_an_answer_goes_first(queue: Queue, name: str) -> None:
    await hand_in(queue, name, BIG, 5)
    assert await take(queue, name, 2) == ["many"] * 2
    await hint_probe(queue, "probe", 30, name)
    (first,) = await queue.zrange(name, 0, 0)
    assert not first.startswith(b"collect")
