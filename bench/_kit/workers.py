"""The worker processes whose queues are measured: ours by the roles' own code, and arq's bare worker beside them.

What a worker does is noted in memory and told to Redis a few times a second, so that the telling is not measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func

import bench._sources
from collectors._kit.registry import discover
from graph.writer import Writer
from server.jobs.collecting import Collecting
from server.jobs.events import Publisher
from server.jobs.outlet import open_egress
from server.jobs.queue import COLLECTOR_QUEUE, hint_advance
from server.jobs.worker import Handler, Role, Tools, run_role
from server.roles import collector, conductor
from server.settings import CollectorSettings, ConductorSettings, StackSettings
from server.vault.keys import new_keys
from server.vault.secrets import Secrets

NOTES = "mirage-bench:notes"
BARE_QUEUE = "mirage-bench:queue"
AT_ONCE = 16  # jobs under way, as in the collector's role
EVERY_S = 0.05


@dataclass
class Notes:
    """Which job was met when (monotonic), on its way to whoever measures."""

    redis: ArqRedis
    waiting: list[tuple[str, float]] = field(default_factory=list)

    def add(self, subject: str) -> None:
        """Note a job now."""
        self.waiting.append((subject, time.monotonic()))

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Tell them until the block ends, the last ones then."""
        telling = asyncio.create_task(self._tell_forever())
        try:
            yield
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling

    async def _tell_forever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            some, self.waiting = self.waiting, []
            if some:
                await self.redis.rpush(NOTES, *(orjson.dumps(each) for each in some))  # type: ignore[misc]


async def _bare() -> None:
    settings = RedisSettings.from_dsn(StackSettings().redis_url.get_secret_value())
    notes = Notes(await create_pool(settings))

    async def nothing(_: dict[str, Any], subject: str) -> None:
        notes.add(subject)

    worker = Worker(
        [func(nothing, name="nothing")],  # type: ignore[arg-type]
        queue_name=BARE_QUEUE,
        redis_settings=settings,
        max_jobs=AT_ONCE,
        poll_delay=0.01,
        keep_result=0,
        log_results=False,
    )
    async with notes.told():
        with contextlib.suppress(asyncio.CancelledError):  # arq ends this way when asked to stop
            await worker.async_run()


@asynccontextmanager
async def _starts(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    notes = Notes(tools.queue)

    async def collect(lease: str) -> None:
        notes.add(lease)

    async with notes.told():
        yield {"collect": collect}


@asynccontextmanager
async def _whole_jobs(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    """The collector's own handler with the source that asks nobody; a job is noted when it has ended."""
    notes = Notes(tools.queue)
    settings = tools.settings
    assert isinstance(settings, CollectorSettings)
    registry = discover(Path(bench._sources.__path__[0]), "bench._sources", with_entry_points=False)
    tools.presence.capabilities = tuple(registry.collectors)
    async with Writer(tools.store, Publisher(tools.store, tools.queue)) as writer, notes.told():
        collecting = Collecting(
            tools.store, writer, open_egress(settings, tools.queue), registry,
            Secrets(tools.store, new_keys()), tools.presence.id,
            lambda run: hint_advance(tools.queue, run),
        )  # fmt: skip

        async def collect(lease: str) -> None:
            # A job that waits long is hinted again, as in use; the further hint finds it gone.
            if await collecting.carry_out(lease) == "done":
                notes.add(lease)

        yield {"collect": collect}


def bare() -> None:
    """Arq's worker with a job that does nothing."""
    asyncio.run(_bare())


def starts() -> None:
    """A worker of ours on the collectors' queue that only notes when a job begins."""
    role = Role("collector", COLLECTOR_QUEUE, _starts, at_once=AT_ONCE)
    asyncio.run(run_role(CollectorSettings(), role))


def whole_jobs() -> None:
    """A collector that carries out jobs whose collector does nothing."""
    role = Role("collector", COLLECTOR_QUEUE, _whole_jobs, at_once=collector.ROLE.at_once)
    asyncio.run(run_role(CollectorSettings(), role))


def conduct() -> None:
    """The conductor, but for its regular sweeps: they would move runs that are not this measure's."""
    asyncio.run(run_role(ConductorSettings(), replace(conductor.ROLE, regularly=())))
