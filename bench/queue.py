"""The queue: how soon a job begins, and what a job costs by itself, each beside bare arq with a poll_delay of 0.01.

Ours are real hints (`server.jobs.queue`), a worker of the roles' own code, and jobs in the graph: leased, fenced,
carried out by a collector that does nothing, written down, finished and followed by a conductor. The reference is a
bare arq worker with a job that does nothing. All workers are processes of their own, with as many jobs at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool

from bench._kit.caller import wipe
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.process import process
from bench._kit.servers import Servers, servers
from bench._kit.workers import BARE_QUEUE, NOTES
from graph.facts import Answer, Outcome
from graph.model.network import DomainName
from graph.queries import job
from graph.store import Store
from graph.writer import Writer
from server.jobs.fairness import Whose
from server.jobs.handing import BATCH
from server.jobs.queue import COLLECTOR_QUEUE, Hint, Queue, hint_collect, open_queue
from server.jobs.spec import ScanSpec

WITHIN_S = 120.0
PACE_PER_S = 40.0
REMOVE_RUNS = "MATCH (n:Run|Scan|Lease {org: $org}) DETACH DELETE n"
Enqueue = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Way:
    """One of the two that are compared: how a job is enqueued, and who takes it."""

    name: str
    enqueue: Enqueue
    worker: str  # the function of bench._kit.workers that is run
    queue: str


@dataclass
class Field:
    """What is measured on."""

    servers: Servers
    redis: Queue
    store: Store
    org: str

    @contextlib.asynccontextmanager
    async def working(self, worker: str) -> AsyncIterator[None]:
        """A worker process."""
        name = f"{worker}-{uuid.uuid4().hex[:6]}"
        code = f"from bench._kit.workers import {worker}; {worker}()"
        with process(name, code, self.servers.environment(), self.servers.folder) as child:
            yield
            child.check_alive()

    async def notes(self, count: int) -> list[tuple[str, float]]:
        """The first `count` notes of workers, which are then gone. Raises TimeoutError."""
        until = time.monotonic() + WITHIN_S
        while (seen := await self.redis.llen(NOTES)) < count:  # type: ignore[misc]
            if time.monotonic() > until:
                raise TimeoutError(f"{seen} of {count} jobs within {WITHIN_S:.0f} s")
            await asyncio.sleep(0.02)
        noted = await self.redis.lrange(NOTES, 0, -1)  # type: ignore[misc]
        found = [orjson.loads(each) for each in noted]
        await self.redis.delete(NOTES)
        return [(subject, at) for subject, at in found]


async def delays(field: Field, way: Way, count: int) -> list[float]:
    """Milliseconds from enqueueing to the job's start, jobs coming by themselves at random moments."""
    began: dict[str, float] = {}
    async with field.working(way.worker):
        await way.enqueue("warm-up")
        await field.notes(1)
        for number in range(count):
            await asyncio.sleep(random.expovariate(PACE_PER_S))
            subject = str(number)
            began[subject] = time.monotonic()
            await way.enqueue(subject)
        notes = await field.notes(count)
    return [(at - began[subject]) * 1000 for subject, at in notes]


async def rate(field: Field, way: Way, subjects: Sequence[str]) -> float:
    """Jobs a second of one worker that finds them all waiting."""
    for start in range(0, len(subjects), 50):
        await asyncio.gather(*(way.enqueue(each) for each in subjects[start : start + 50]))
    async with field.working(way.worker):
        notes = await field.notes(len(subjects))
    await field.redis.delete(way.queue)  # further hints of what is done
    assert {subject for subject, _ in notes} == {*subjects}, "a job was done twice"
    ends = sorted(at for _, at in notes)
    return (len(ends) - 1) / (ends[-1] - ends[0])


def ways(ours: Queue, bare: ArqRedis, org: str) -> tuple[Way, Way, Way]:
    """Ours with jobs that only begin, ours with whole jobs, and bare arq."""

    async def hint(lease: str) -> None:
        await hint_collect(ours, Hint(lease, "idle.nothing"), Whose(org, "bench"))

    async def enqueue(subject: str) -> None:
        await bare.enqueue_job("nothing", subject, _queue_name=BARE_QUEUE)

    return (
        Way("ours", hint, "starts", COLLECTOR_QUEUE),
        Way("ours", hint, "whole_jobs", COLLECTOR_QUEUE),
        Way("bare", enqueue, "bare", BARE_QUEUE),
    )


async def make_entities(field: Field, count: int) -> list[str]:
    """Names in the graph that jobs are about."""
    names = [DomainName(name=f"q{number}.queue.test") for number in range(count)]
    now = datetime.now(UTC)
    async with Writer(field.store) as writer:
        for start in range(0, count, 500):
            some = names[start : start + 500]
            await writer.write(
                field.org,
                [Answer(each, "bench", Outcome.FOUND, now, now, (each,)) for each in some],
            )
    return [each.id_in(field.org) for each in names]


async def make_jobs(field: Field, entities: Sequence[str], jobs: int, batch: int) -> list[str]:
    """A new run with so many jobs of `batch` entities each, as a conductor makes them; the jobs' ids."""
    run, now = str(uuid.uuid4()), datetime.now(UTC)
    spec = ScanSpec(seeds=("queue.test",), collectors=("idle.nothing",)).model_dump_json()
    params = job.UpsertRunParams(
        org=field.org, scan=run, run=run, name="bench", named=[], spec=spec, by="bench", at=now
    )
    await field.store.fetch(job.UPSERT_RUN.bind(params))
    await field.store.execute(
        "MATCH (r:Run {id: $run}) SET r.state = 'RUNNING', r.started_at = datetime()", {"run": run}
    )
    rows: list[dict[str, object]] = [
        {
            "id": f"{run}-{number}",
            "collector": "idle.nothing",
            "entities": [entities[(number * batch + i) % len(entities)] for i in range(batch)],
            "distance": 0,
        }
        for number in range(jobs)
    ]
    leases = job.LeasesParams(org=field.org, run=run, at=now, rows=rows)
    return [row.id for row in await field.store.fetch(job.UPSERT_LEASES.bind(leases))]


async def latencies(plan: Plan, field: Field, ours: Way, bare: Way) -> list[Figure]:
    """Both by turns."""
    count, rounds = plan.size(300, 30), plan.size(3, 1)
    ms: dict[str, list[float]] = {ours.name: [], bare.name: []}
    for number in range(rounds):
        for way in (ours, bare) if number % 2 else (bare, ours):
            plan.say(f"queue: delays, {way.name}")
            ms[way.name] += await delays(field, way, count)
    return [
        Figure.beside(
            f"enqueue to start, p{share:.0f}",
            percentile(ms[ours.name], share / 100), percentile(ms[bare.name], share / 100), "ms",
            Goal(limit, of="value"),
        )
        for share, limit in ((50.0, 15.0), (99.0, 50.0))
    ]  # fmt: skip


async def overhead(plan: Plan, field: Field, ours: Way, bare: Way) -> list[Figure]:
    """Whole jobs of one entity and of a batch beside bare jobs."""
    rounds = plan.size(3, 1)
    bare_jobs, own_jobs = plan.size(2_000, 100), plan.size(400, 20)
    entities = await make_entities(field, own_jobs * BATCH)
    rates: list[tuple[float, float, float]] = []
    for number in range(rounds):
        plan.say(f"queue: jobs a second, round {number + 1} of {rounds}")
        some = await rate(field, bare, [str(each) for each in range(bare_jobs)])
        async with field.working("conduct"):
            single = await rate(field, ours, await make_jobs(field, entities, own_jobs, 1))
            whole = await rate(field, ours, await make_jobs(field, entities, own_jobs, BATCH))
        rates.append((some, single, whole))
    median = statistics.median
    bare_s, single_s, batch_s = (median(column) for column in zip(*rates, strict=True))
    calls = batch_s * BATCH
    return [
        Figure(
            "a job of one entity", 1000 / single_s, "ms", 1000 / bare_s,
            median(each[0] / each[1] for each in rates), Goal(1.3),
        ),
        Figure(
            f"a job of {BATCH} entities", 1000 / batch_s, "ms", 1000 / bare_s,
            median(each[0] / each[2] for each in rates),
        ),
        Figure(
            f"a collector's call in jobs of {BATCH}", 1000 / calls, "ms", 1000 / bare_s,
            median(each[0] / (each[2] * BATCH) for each in rates),
        ),
        Figure("collectors' calls", calls, "calls/s", goal=Goal(10_000, "at least", "value")),
    ]  # fmt: skip


async def measure(plan: Plan) -> Sequence[Figure]:
    """Delays, then what a job costs."""
    with servers() as found:
        (Path(found.folder) / "evidence").mkdir(exist_ok=True)
        redis = await open_queue(found.redis_url)
        bare_pool = await create_pool(RedisSettings.from_dsn(found.redis_url))
        async with found.store() as store:
            field = Field(found, redis, store, str(uuid.uuid4()))
            begins, whole, bare = ways(redis, bare_pool, field.org)
            await redis.delete(NOTES, COLLECTOR_QUEUE, BARE_QUEUE)
            try:
                figures = await latencies(plan, field, begins, bare)
                figures += await overhead(plan, field, whole, bare)
            finally:
                await wipe(store, field.org)
                await store.execute(REMOVE_RUNS, {"org": field.org})
        await redis.aclose()
        await bare_pool.aclose()
    return figures
