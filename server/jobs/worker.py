"""What every worker role is: an arq worker on one queue, announced, observable, and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from arq import Retry
from arq.connections import ArqRedis, RedisSettings
from arq.cron import CronJob
from arq.worker import Worker, func

from graph.errors import MirageError
from graph.migrate import migrate
from graph.store import Store
from server import memory
from server.jobs import metrics
from server.jobs.health import serve_health
from server.jobs.log import configure_logging, get_logger, hide_for_good
from server.jobs.presence import Presence
from server.jobs.queue import dump_job, load_job, open_queue
from server.settings import RoleSettings

log = get_logger(__name__)

JOB_TIMEOUT_S = 600
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

    `prepare` opens what the role needs and gives its handlers by the names jobs have; `regularly`
    names handlers of no argument that run every so many seconds, first at once.
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
        await store.wait_ready()
        await migrate(store)
        queue = await open_queue(settings.redis_url.get_secret_value())
        presence = Presence(role.name, (role.queue,))
        try:
            yield Tools(settings, store, queue, presence)
        finally:
            await queue.aclose()


async def run_role(settings: RoleSettings, role: Role) -> None:
    """Run `role` until SIGTERM; what is in hand is then given back to the graph."""
    configure_logging(settings.log_level, settings.log_format, role=role.name)
    hide_for_good(settings.secrets)
    async with _tools(settings, role) as tools, role.prepare(tools) as handlers:
        memory.settle()
        worker = _worker(settings, role, handlers, tools.presence)
        background = [
            asyncio.create_task(tools.presence.announce_forever(tools.queue)),
            *(
                asyncio.create_task(_regularly(name, handlers[name], every_s))
                for name, every_s in role.regularly
            ),
        ]
        where = (settings.metrics_host, settings.metrics_port)
        async with serve_health(*where, tools.store, tools.queue, role.queue):
            log.info("ready", queue=role.queue)
            try:
                await worker.async_run()
            except asyncio.CancelledError:
                log.info("stopped", queue=role.queue)  # arq ends this way when asked to stop
            finally:
                for task in background:
                    task.cancel()
                await asyncio.gather(*background, return_exceptions=True)
                with contextlib.suppress(OSError):
                    await tools.presence.withdraw(tools.queue)


def _worker(
    settings: RoleSettings, role: Role, handlers: dict[str, Handler], presence: Presence
) -> Worker:
    queued = {name: h for name, h in handlers.items() if name not in dict(role.regularly)}
    crons: Sequence[CronJob] = []
    return Worker(
        [func(_handled(name, h, presence), name=name) for name, h in queued.items()],  # type: ignore[arg-type]
        queue_name=role.queue,
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
    )


def _handled(name: str, handler: Handler, presence: Presence) -> Callable[..., Awaitable[None]]:
    """A handler as arq calls it. Passing faults are tried again later; others end the job, loudly."""

    async def run(ctx: dict[str, Any], subject: str) -> None:
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
            presence.jobs_running -= 1
            presence.jobs_done += 1
            metrics.RUNNING.labels(name).dec()
            metrics.JOBS.labels(name, outcome).inc()
            metrics.SECONDS.labels(name).observe(time.perf_counter() - began)

    run.__qualname__ = name
    return run


async def _regularly(name: str, handler: Handler, every_s: float) -> None:
    while True:
        try:
            await handler("")
            metrics.TASKS.labels(name, "done").inc()
        except MirageError as error:
            metrics.TASKS.labels(name, "failed").inc()
            log.warning("a regular task failed and will run again", task=name, reason=str(error))
        await asyncio.sleep(every_s)
