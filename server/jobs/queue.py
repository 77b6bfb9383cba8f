"""The queue: names, how jobs are written down, and enqueueing. Jobs carry ids only; the graph has the rest.

A job in the queue is a hint that work lies ready in the graph. Losing one costs time, never work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from redis.exceptions import RedisError

from graph.tracing import traceparent
from server.jobs import fairness
from server.jobs.fairness import Whose, turn_of
from server.jobs.log import get_logger
from server.jobs.messages import SCHEMA, UNSAID, is_readable

CONDUCTOR_QUEUE = "mirage:queue:conductor"
COLLECTOR_QUEUE = "mirage:queue:collector"
CORRELATOR_QUEUE = "mirage:queue:correlator"
COURIER_QUEUE = "mirage:queue:courier"

log = get_logger(__name__)

Queue = ArqRedis  # the name by which other areas know it

# What a job becomes that is of a version of messages which is not read here: a handler that leaves it for others.
LEFT = "leave"

# Hints of one kind within this window are one job.
WINDOW_S = 0.1

# What was hinted and not taken until then is hinted again.
HINT_EXPIRES = timedelta(days=1)

# Nobody waits longer for a Redis that takes what is sent and says nothing: what is told to it can wait, people cannot.
TOLD_WITHIN_S = 1.0


def dump_job(job: dict[str, Any]) -> bytes:
    """A job as JSON: whoever can write to Redis must not run code here, as pickle would let them.

    Beside it stands the span that makes it, where one is recorded; versions before do not read that.
    """
    maker = traceparent()
    return orjson.dumps({**job, "v": SCHEMA, **({"tp": maker} if maker else {})})


def load_job(data: bytes) -> dict[str, Any]:
    """A job from its JSON; one that is not read here as a job for `LEFT`, of which nothing else is taken."""
    loaded: dict[str, Any] = orjson.loads(data)
    if is_readable("job", loaded.get("v", UNSAID)):
        if isinstance(maker := loaded.pop("tp", None), str):
            loaded["k"] = {**loaded["k"], "maker": maker}
        return loaded
    return {"t": None, "f": LEFT, "a": [""], "k": {}, "et": int(time.time() * 1000)}


async def open_queue(redis_url: str) -> ArqRedis:
    """A connection that enqueues."""
    return await create_pool(
        RedisSettings.from_dsn(redis_url), job_serializer=dump_job, job_deserializer=load_job
    )


async def hint_advance(queue: ArqRedis, run: str) -> None:
    """Ask a conductor to move `run` on soon; many hints within the window are one."""
    window = int(time.time() / WINDOW_S) + 1
    await queue.enqueue_job(
        "advance", run, _job_id=f"advance:{run}:{window}", _queue_name=CONDUCTOR_QUEUE,
        _defer_by=max(0.0, window * WINDOW_S - time.time()),
    )  # fmt: skip


@dataclass(frozen=True)
class Hint:
    """A job that lies ready. `fence` is how often it was taken: each time that it lies ready it waits once."""

    lease: str
    collector: str
    fence: int = 0


async def hint_collect(queue: ArqRedis, hint: Hint, whose: Whose, where: str = "") -> None:
    """Ask a collector process to take a job: one that listens to the queue `where`, else to the usual one."""
    name, job = where or COLLECTOR_QUEUE, f"collect:{hint.lease}:{hint.fence}"
    if turn := await turn_of(queue, name, whose, job):
        await queue.enqueue_job(
            "collect", hint.lease, _job_id=turn.job, _queue_name=name, _defer_until=turn.due,
            _expires=HINT_EXPIRES,
        )  # fmt: skip


async def hint_probe(queue: ArqRedis, probe: str, within_s: float, where: str = "") -> None:
    """Ask a collector process to carry out the trial call `probe`, if it can begin within so many seconds."""
    name = where or COLLECTOR_QUEUE
    # Somebody waits for it: it goes before all that is handed in turn.
    await queue.enqueue_job(
        "probe", probe, _queue_name=name, _defer_until=fairness.EPOCH, _expires=within_s
    )


async def hint_correlate(queue: ArqRedis, org: str) -> None:
    """Ask a correlator to look at what was touched in `org`; many hints within the window are one."""
    window = int(time.time() / (3 * WINDOW_S)) + 1
    await queue.enqueue_job(
        "correlate", org, _job_id=f"correlate:{org}:{window}", _queue_name=CORRELATOR_QUEUE,
        _defer_by=max(0.0, window * 3 * WINDOW_S - time.time()),
    )  # fmt: skip


async def hint_deliver(queue: ArqRedis, delivery: str) -> None:
    """Ask a courier to send a delivery now."""
    await queue.enqueue_job("deliver", delivery, _queue_name=COURIER_QUEUE)


async def hint_or_wait(hinting: Awaitable[None], what: str) -> None:
    """Give a hint. With Redis away it is left out: whom it is for looks by itself a few seconds later."""
    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            await hinting
    except (RedisError, OSError) as error:  # a TimeoutError is one, too
        log.warning("no hint was given, a sweep finds it", what=what, reason=repr(error))
