"""What every worker role is: an arq worker on one queue, announced, observable, and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from arq import Retry
from arq.connections import ArqRedis, RedisSettings
from arq.constants import retry_key_prefix
from arq.cron import CronJob
from arq.worker import Worker, func
from redis.exceptions import RedisError

from graph import tracing
from graph.errors import MirageError
from graph.migrate import migrate
from graph.store import PATIENT, Store
from server import memory
from server.jobs import metrics
from server.jobs.health import serve_health
from server.jobs.log import configure_logging, get_logger, hide_for_good
from server.jobs.polling import PatientWorker
from server.jobs.presence import Presence, ServiceState
from server.jobs.queue import LEFT, dump_job, load_job, open_queue
from server.settings import RoleSettings
from server.tracing import exporting

log = get_logger(__name__)

JOB_TIMEOUT_S = 600
ENDING_S, GIVING_BACK_S = (
    15.0,
    10.0,
)  # of the 30 seconds in which a process that is asked to stop does so
LEFT_FOR_S = 5
MOST_LEFT = 2**31
Handler = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True)
class Tools:
    """What a role's handlers are made with."""

    settings: RoleSettings
    store: Store
    queue: ArqRedis
    presence: Presence


@dataclass(frozen=True)
class Role:
    """A worker role: its queue, and how its handlers come about. Handlers take one id each.

    `prepare` opens what the role needs and gives its handlers by the names jobs have; it may set what the process
    offers, and with it the queue, in `Tools.presence`. `regularly` names handlers of no argument that run every so many
    seconds, first at once.
    """

    name: str
    queue: str
    prepare: Callable[[Tools], AbstractAsyncContextManager[dict[str, Handler]]]
    at_once: int = 10
    regularly: tuple[tuple[str, float], ...] = ()


@asynccontextmanager
async def _tools(settings: RoleSettings, role: Role) -> AsyncIterator[Tools]:
    password = settings.neo4j_password.get_secret_value()
    async with Store.open(
        settings.neo4j_uri, settings.neo4j_user, password, settings.neo4j_database
    ) as store:
        store.read_limits = store.write_limits = PATIENT
        await store.wait_ready()
        await migrate(store)
        queue = await open_queue(settings.redis_url.get_secret_value())
        presence = Presence(
            role.name, (role.queue,), jobs_most=role.at_once, state=ServiceState.STARTING
        )
        try:
            yield Tools(settings, store, queue, presence)
        finally:
            await queue.aclose()


async def run_role(settings: RoleSettings, role: Role) -> None:
    """Run `role` until SIGTERM; what is in hand then ends, or is given back to the graph."""
    configure_logging(settings.log_level, settings.log_format, role=role.name)
    hide_for_good(settings.secrets)
    with exporting(settings, role.name):
        await _run(settings, role)


async def _run(settings: RoleSettings, role: Role) -> None:
    async with _tools(settings, role) as tools, _announced(tools), role.prepare(tools) as handlers:
        memory.settle()
        presence = tools.presence
        (queue,) = presence.queues
        worker = _worker(settings, role, handlers, presence)
        tasks = [
            asyncio.create_task(_regularly(name, handlers[name], every_s))
            for name, every_s in role.regularly
        ]
        where = (settings.metrics_host, settings.metrics_port)
        async with serve_health(*where, tools.store, tools.queue, queue, presence):
            presence.become(ServiceState.READY)
            log.info("ready", queue=queue, id=presence.id)
            try:
                await run_until_stopped(worker, presence)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                log.info("stopped", queue=queue)


@asynccontextmanager
async def _announced(tools: Tools) -> AsyncIterator[None]:
    """Say that this process lives, as long as this lasts and to its very end."""
    announcing = asyncio.create_task(tools.presence.announce_forever(tools.queue))
    try:
        yield
    finally:
        announcing.cancel()
        await asyncio.gather(announcing, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError):  # without a word, others notice
            await tools.presence.withdraw(tools.queue)


async def run_until_stopped(worker: Worker, presence: Presence) -> None:
    """Work until SIGTERM or SIGINT, then take nothing more, and end what is in hand or have it given back.

    Raises what the worker's loop raises, such as when Redis is away at its start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    working = asyncio.create_task(worker.async_run())
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            presence.become(ServiceState.DRAINING)
            log.info("draining", jobs=presence.jobs_running)
            worker.allow_pick_jobs = False
            await _drained(worker, working)
    finally:
        asked.cancel()
        working.cancel()
        left = list(worker.tasks.values())
        for task in left:
            task.cancel()
        # Cancelled jobs give back what they hold; whoever does not manage in time is noticed by the conductor.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVING_BACK_S):
                await asyncio.gather(*left, return_exceptions=True)
        await asyncio.gather(asked, return_exceptions=True)
    if not stop.is_set():
        await working


async def _drained(worker: Worker, working: asyncio.Task[None]) -> None:
    """Wait for the jobs in hand, not for long."""
    until = time.monotonic() + ENDING_S
    while time.monotonic() < until and not working.done():
        if all(task.done() for task in list(worker.tasks.values())):
            return
        await asyncio.sleep(0.05)
    log.info("giving back", jobs=sum(not task.done() for task in worker.tasks.values()))


def _worker(
    settings: RoleSettings, role: Role, handlers: dict[str, Handler], presence: Presence
) -> Worker:
    queued = {name: h for name, h in handlers.items() if name not in dict(role.regularly)}
    crons: Sequence[CronJob] = []
    ours = [func(_handled(name, h, presence), name=name) for name, h in queued.items()]  # type: ignore[arg-type]
    return PatientWorker(
        [*ours, func(_leave, name=LEFT, max_tries=MOST_LEFT)],
        queue_name=presence.queues[0],
        cron_jobs=crons,
        redis_settings=RedisSettings.from_dsn(settings.redis_url.get_secret_value()),
        job_serializer=dump_job,
        job_deserializer=load_job,
        max_jobs=role.at_once,
        poll_delay=0.01,
        keep_result=0,
        max_tries=8,
        job_timeout=JOB_TIMEOUT_S,
        log_results=False,
        handle_signals=False,
    )


async def _leave(ctx: dict[str, Any], _: str) -> None:
    """Leave a job of another version of messages for a worker that reads it, as if nobody had tried it here."""
    metrics.GIVEN_BACK.labels("version").inc()
    await ctx["redis"].delete(f"{retry_key_prefix}{ctx['job_id']}")
    raise Retry(defer=LEFT_FOR_S)


def _handled(name: str, handler: Handler, presence: Presence) -> Callable[..., Awaitable[None]]:
    """A handler as arq calls it. Passing faults are tried again later; others end the job, loudly."""

    async def run(ctx: dict[str, Any], subject: str, maker: str | None = None) -> None:
        told: tracing.Attributes = {"mirage.job": name, "mirage.queue": presence.queues[0]}
        with tracing.begun(f"job {name}", told, kind="consumer", maker=maker):
            await work(ctx, subject)

    async def work(ctx: dict[str, Any], subject: str) -> None:
        presence.jobs_running += 1
        metrics.RUNNING.labels(name).inc()
        began, outcome = time.perf_counter(), "failed"
        try:
            await handler(subject)
            outcome = "done"
        except MirageError as error:
            if not error.is_retryable:
                log.exception("a job ended in an error", job=name, subject=subject)
                raise
            outcome = "tried again"
            log.warning("a job is tried again", job=name, subject=subject, reason=str(error))
            raise Retry(defer=min(2 ** ctx["job_try"] * 0.25, 10)) from error
        finally:
            tracing.noted({"mirage.outcome": outcome})
            presence.jobs_running -= 1
            presence.jobs_done += outcome == "done"
            presence.jobs_failed += outcome == "failed"
            metrics.RUNNING.labels(name).dec()
            metrics.JOBS.labels(name, outcome).inc()
            metrics.SECONDS.labels(name).observe(time.perf_counter() - began)

    run.__qualname__ = name
    return run


async def _regularly(name: str, handler: Handler, every_s: float) -> None:
    while True:
        try:
            with tracing.begun(f"task {name}", {"mirage.job": name}):
                await handler("")
            metrics.TASKS.labels(name, "done").inc()
        except (MirageError, RedisError, OSError) as error:
            metrics.TASKS.labels(name, "failed").inc()
            log.warning("a regular task failed and will run again", task=name, reason=str(error))
        await asyncio.sleep(every_s)
