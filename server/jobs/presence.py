"""Service discovery: every process says every few seconds in Redis that it lives, and what it can do."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from dataclasses import dataclass, field

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from server.jobs import metrics
from server.jobs.log import get_logger
from server.version import VERSION

PREFIX = "mirage:service:"
EVERY_S = 4.0
LIVES_S = 12

log = get_logger(__name__)


@dataclass
class Presence:
    """One process. `capabilities` are the collectors or rules it can run."""

    role: str
    queues: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    version: str = VERSION
    started_at: float = field(default_factory=time.time)
    jobs_running: int = 0
    jobs_done: int = 0

    @property
    def id(self) -> str:
        """A name no other living process has."""
        return f"{self.role}@{self.host}:{self.pid}"

    async def announce_forever(self, redis: ArqRedis) -> None:
        """Say so until cancelled; what is not renewed is forgotten."""
        while True:
            try:
                await redis.set(PREFIX + self.id, orjson.dumps(vars(self)), ex=LIVES_S)
            except (RedisError, OSError) as error:
                metrics.UNANNOUNCED.inc()
                log.warning("could not announce this process", reason=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def withdraw(self, redis: ArqRedis) -> None:
        """Say that this process ends."""
        await redis.delete(PREFIX + self.id)


async def living(redis: ArqRedis) -> list[Presence]:
    """All processes that live now, by role and name."""
    keys = [key async for key in redis.scan_iter(match=PREFIX + "*", count=200)]
    found = [value for value in await redis.mget(keys) if value] if keys else []
    services = []
    for value in found:
        data = orjson.loads(value)
        data["queues"], data["capabilities"] = tuple(data["queues"]), tuple(data["capabilities"])
        services.append(Presence(**data))
    return sorted(services, key=lambda s: (s.role, s.id))
