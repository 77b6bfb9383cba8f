"""Service discovery: every process says every few seconds in Redis that it lives, what it can do, and how busy it is.

Who lives is decided by Redis's own clock: what is not renewed expires there, whatever the clocks of the hosts say.
Redis itself notes, in one step with the announcement, that a process appeared or changed its state; `notice` does so
for those that end without a word. These are events of the stream that all events go to, for no organization.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from graph.writer import EventGroup
from server import memory
from server.jobs import metrics
from server.jobs.events import KEPT, STREAM
from server.jobs.log import get_logger
from server.jobs.messages import SCHEMA, UNSAID, is_readable
from server.version import VERSION

PREFIX = "mirage:"
EVERY_S = 4.0
LIVES_S = 12
NOTICED_EVERY_S = 2.0
KIND = "Service"

log = get_logger(__name__)


class ServiceState(enum.StrEnum):
    """How far a process is. Work is handed to READY ones alone."""

    STARTING = "STARTING"
    READY = "READY"
    DRAINING = "DRAINING"


class ServiceChange(enum.StrEnum):
    """What happened to a process."""

    APPEARED = "APPEARED"
    CHANGED = "CHANGED"
    GONE = "GONE"


@dataclass
class Presence:
    """One process. `capabilities` are the collectors or rules it can run, `versions` those of its collectors.

    The times of day in it are Redis's. `token` tells it from all others, also where pids or host names repeat.
    """

    role: str
    queues: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    version: str = VERSION
    started_at: float = field(default_factory=time.time)
    jobs_running: int = 0
    jobs_done: int = 0
    jobs_failed: int = 0
    jobs_most: int = 0
    jobs_waiting: int = field(default=0, compare=False)
    state: ServiceState = ServiceState.READY
    schema: int = SCHEMA
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    versions: Mapping[str, int] = field(default_factory=dict)
    loop_lag_ms: int = field(default=0, compare=False)
    memory_mb: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        self._is_said = asyncio.Event()
        self._began, self._is_dated = time.monotonic(), False

    @property
    def id(self) -> str:
        """A name no other process has or had."""
        return f"{self.role}@{self.host}:{self.pid}{self.token and '.' + self.token}"

    def become(self, state: ServiceState) -> None:
        """Be in another state, and say so at once."""
        self.state = state
        self._is_said.set()

    async def announce_forever(self, redis: ArqRedis) -> None:
        """Say so until cancelled; what is not renewed is forgotten."""
        while True:
            await self.announce(redis)
            began = time.monotonic()
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._is_said.wait()
            except TimeoutError:
                self.loop_lag_ms = max(0, round((time.monotonic() - began - EVERY_S) * 1000))

    async def announce(self, redis: ArqRedis) -> None:
        """Say it once; where Redis is away, it is said the next time."""
        self._is_said.clear()
        try:
            if not self._is_dated:
                seconds, micros = await cast("Any", redis.time())
                self.started_at = seconds + micros / 1e6 - (time.monotonic() - self._began)
                self._is_dated = True
            self.memory_mb = memory.resident_mb()
            if self.queues:
                self.jobs_waiting = await redis.zcard(self.queues[0])
            keys = f"{PREFIX}process:{self.id}", f"{PREFIX}service:{self.id}", *_registers()
            await _run(
                redis, _ANNOUNCE, keys, self.id, orjson.dumps(self.as_json()),
                orjson.dumps(self._as_formerly()), LIVES_S, self._event(ServiceChange.APPEARED),
                self._event(ServiceChange.CHANGED), self._event(ServiceChange.GONE), self.state,
            )  # fmt: skip
        except (RedisError, OSError) as error:
            metrics.UNANNOUNCED.inc()
            log.warning("could not announce this process", reason=type(error).__name__)

    async def withdraw(self, redis: ArqRedis) -> None:
        """Say that this process ends."""
        await redis.delete(f"{PREFIX}process:{self.id}", f"{PREFIX}service:{self.id}")
        await _run(redis, _LEAVE, _registers(), self.id)

    def as_json(self) -> dict[str, Any]:
        """What is announced."""
        return {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}

    def _as_formerly(self) -> dict[str, Any]:
        """What the version before announced: it cannot read more, and has to know of this process, too."""
        return {name: getattr(self, name) for name in _FORMER}

    def _event(self, change: ServiceChange) -> bytes:
        group = EventGroup(f"service.{change.lower()}", KIND, (self.id,), "", self.as_json())
        return orjson.dumps([group.as_json("", datetime.now(UTC))])


_FORMER = (
    "role", "queues", "capabilities", "host", "pid", "version", "started_at", "jobs_running", "jobs_done",
)  # fmt: skip

# In one step, so that no event is lost where a process dies between two. The second key is for the version before.
_ANNOUNCE = """
local before = redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4], 'GET')
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], redis.call('TIME')[1] + ARGV[4], ARGV[1])
redis.call('HSET', KEYS[4], ARGV[1], ARGV[7])
local event = nil
if not before then
  event = ARGV[5]
elseif cjson.decode(before).state ~= ARGV[8] then
  event = ARGV[6]
end
if event then
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[9], '*', 'e', event, 'v', ARGV[10])
end
"""

_LEAVE = """
local told = redis.call('HGET', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if told then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], '*', 'e', told, 'v', ARGV[3])
end
"""

_NOTICE = """
local gone = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1])) do
  if redis.call('EXISTS', ARGV[1] .. id) == 0 then
    local told = redis.call('HGET', KEYS[2], id)
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
    if told then
      redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], '*', 'e', told, 'v', ARGV[3])
    end
    gone = gone + 1
  end
end
return gone
"""


def _registers() -> tuple[str, str]:
    """When each process expires unless it is renewed, and what is told of it then."""
    return f"{PREFIX}processes:until", f"{PREFIX}processes:last"


async def _run(redis: ArqRedis, script: str, keys: Sequence[str], *given: object) -> Any:
    """Run one of the scripts. All of them may add to the stream, so they get it, how much is kept, and the version."""
    client: Any = redis  # whose stubs know of texts only
    return await client.eval(script, len(keys) + 1, *keys, STREAM, *given, KEPT, SCHEMA)


async def notice(redis: ArqRedis) -> int:
    """Tell of the processes that ended without a word, each once however many look; how many these were."""
    gone = int(await _run(redis, _NOTICE, _registers(), f"{PREFIX}process:"))
    metrics.GONE.inc(gone)
    return gone


async def notice_forever(redis: ArqRedis) -> None:
    """Look for them until cancelled."""
    while True:
        try:
            if gone := await notice(redis):
                log.warning("processes ended without a word", count=gone)
        except (RedisError, OSError) as error:
            log.warning("could not look for ended processes", reason=type(error).__name__)
        await asyncio.sleep(NOTICED_EVERY_S)


async def living(redis: ArqRedis) -> list[Presence]:
    """All processes that live now, of this version of messages and its neighbours, by role and name."""
    keys: list[str] = []
    for kind in ("service", "process"):  # the latter says more, and takes the former's place
        pattern = f"{PREFIX}{kind}:*"
        keys += sorted([key.decode() async for key in redis.scan_iter(match=pattern, count=1000)])
    values = await redis.mget(keys) if keys else []
    found: dict[str, Presence] = {}
    for key, value in zip(keys, values, strict=True):
        if value and (service := presence_of(orjson.loads(value))):
            found[key.removeprefix(PREFIX).partition(":")[2]] = service
    return sorted(found.values(), key=lambda s: (s.role, s.id))


def presence_of(told: Mapping[str, Any]) -> Presence | None:
    """A process from what it announced; None where that is of a version of messages that is not read here."""
    if not is_readable("presence", told.get("schema", UNSAID)):
        return None
    known = {name: read(told[name]) for name, read in _READ.items() if name in told}
    given: dict[str, Any] = {"token": "", "schema": UNSAID} | known
    return Presence(**given)


def _state(told: str) -> ServiceState:
    """A state; one that is not known here is taken for DRAINING, so that nothing is handed to the process."""
    return ServiceState(told) if told in set(ServiceState) else ServiceState.DRAINING


_READ: Mapping[str, Callable[[Any], Any]] = {
    each.name: lambda value: value for each in dataclasses.fields(Presence)
} | {"queues": tuple, "capabilities": tuple, "state": _state}
