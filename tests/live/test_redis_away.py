"""Redis restarted, away, hanging: workers go on without being started again, and nobody waits for it for long."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from arq.connections import ArqRedis, RedisSettings
from arq.worker import func
from redis.exceptions import RedisError

from graph.store import Store
from graph.writer import EventGroup, Written
from server.embedded.ports import free_port
from server.embedded.process import Child, wait_ready
from server.embedded.redis import RedisPlan, RedisServer
from server.jobs import scans
from server.jobs.events import STREAM, Publisher
from server.jobs.polling import PatientWorker
from server.jobs.queue import TOLD_WITHIN_S, dump_job, load_job, open_queue
from tests.support.waiting import eventually

# A transaction whose Redis goes away within it keeps its connection, and says so when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed client session:ResourceWarning")

QUEUE = "mirage-test:polling"
AT_ONCE = 2


@dataclass
class Breakable:
    """A Redis of the test's own."""

    server: RedisServer
    child: Child

    def stop(self) -> None:
        self.child.stop(20)

    def start(self) -> None:
        self.child = self.server.start()
        wait_ready(self.server, self.child)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a test leaves is collected within it, not in another that has nothing to do with it."""
    yield
    gc.collect()


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[Breakable]:
    server = RedisServer(RedisPlan(tmp_path / "redis", free_port()))
    child = server.start()
    wait_ready(server, child)
    made = Breakable(server, child)
    yield made
    made.stop()


@dataclass
class Working:
    """A worker at work, what it has done, and who enqueues."""

    worker: PatientWorker
    task: asyncio.Task[None]
    queue: ArqRedis
    done: list[str] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_done(self, *subjects: str) -> None:
        async def is_so() -> bool:
            return {*subjects} <= {*self.done}

        await eventually(is_so)

    async def tell(self, *subjects: str) -> None:
        for subject in subjects:
            await self.queue.enqueue_job("work", subject, _queue_name=QUEUE)


@pytest_asyncio.fixture
async def working(breakable: Breakable) -> AsyncIterator[Working]:
    async def work(_: dict[str, Any], subject: str) -> None:
        if subject.startswith("long"):
            await made.may_end.wait()
        made.done.append(subject)

    worker = PatientWorker(
        [func(work, name="work")],  # type: ignore[arg-type]
        queue_name=QUEUE,
        redis_settings=RedisSettings.from_dsn(breakable.server.url),
        job_serializer=dump_job,
        job_deserializer=load_job,
        max_jobs=AT_ONCE,
        poll_delay=0.01,
        keep_result=0,
        handle_signals=False,
    )
    queue = await open_queue(breakable.server.url)
    made = Working(worker, asyncio.create_task(worker.async_run()), queue)
    yield made
    made.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await made.task
    # What has done its work still notes so: its connection is not taken from under it.
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    await worker.pool.aclose()  # `Worker.close` calls what the client deprecates
    await queue.aclose()


@pytest.mark.timeout(60)
async def test_a_job_in_hand_ends_and_others_follow_once_redis_is_back(
    working: Working, breakable: Breakable
) -> None:
    await working.tell("first", "long")
    await working.has_done("first")
    breakable.stop()
    await asyncio.sleep(1)
    working.may_end.set()
    await working.has_done("long")
    await asyncio.sleep(0.5)
    assert not working.task.done()
    breakable.start()
    await working.tell("a", "b", "c", "d")
    await working.has_done("a", "b", "c", "d")


@pytest.mark.timeout(60)
async def test_no_place_for_jobs_is_lost_however_often_starting_one_fails(
    working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    await working.tell("first")
    await working.has_done("first")
    failing, real = 7, working.worker.pool.pipeline

    def pipeline(*args: Any, **kwargs: Any) -> Any:
        nonlocal failing
        if failing:
            failing -= 1
            raise RedisError("gone")
        return real(*args, **kwargs)

    monkeypatch.setattr("server.jobs.polling.AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(working.worker.pool, "pipeline", pipeline)
    await working.tell("long a", "long b")

    async def are_both_in_hand() -> bool:
        return working.worker.job_counter == AT_ONCE and failing == 0

    await eventually(are_both_in_hand)
    working.may_end.set()
    await working.has_done("long a", "long b")

    async def is_idle() -> bool:
        return working.worker.job_counter == 0

    await eventually(is_idle)


@pytest.mark.timeout(60)
async def test_nobody_waits_for_a_redis_that_says_nothing(
    store: Store, breakable: Breakable
) -> None:
    queue = await open_queue(breakable.server.url)
    publisher = Publisher(store, queue)
    group = EventGroup("run.paused", "Run", ("r",), "r")
    os.kill(breakable.child.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        await scans.hint(queue, "r")
        await publisher.tell("org", group)
        written = Written("org", datetime.now(UTC), "none", ("e",), (group,), (), 1)
        await publisher(written)
        assert time.monotonic() - began < 3 * TOLD_WITHIN_S + 2
    finally:
        os.kill(breakable.child.pid, signal.SIGCONT)
    await publisher.tell("org", group)
    assert await queue.xlen(STREAM) > 0
    await queue.aclose()
