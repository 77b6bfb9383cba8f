"""Ceilings that all processes keep together: how often a source or a host is asked, wherever the asking is done.

Each key has one moment in Redis from which on it is free again (the generic cell rate algorithm, ATM Forum TM 4.0).
Who asks takes the next free place at once and sleeps until it comes, as with buckets of one process. While Redis does
not answer, each process keeps the ceilings by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from collectors._kit.limits import RateLimiter, TokenBuckets
from server.jobs import metrics
from server.jobs.log import get_logger
from server.jobs.queue import TOLD_WITHIN_S

PREFIX = "mirage:rate:"

# KEYS: a key's moment. ARGV: microseconds from one place to the next, and how many may be taken ahead of time.
# Gives the microseconds until the place that was taken. The time is Redis's, so clocks of hosts need not agree.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local after = free + ARGV[1]
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
return math.max(0, math.ceil(free - now - ARGV[2]))
"""

log = get_logger(__name__)


@dataclass
class SharedRates:
    """A rate limiter of all processes of one Redis. A key holds one second's worth, at least one request."""

    redis: ArqRedis
    alone: RateLimiter = field(default_factory=TokenBuckets)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _is_alone: bool = False

    async def acquire(self, key: str, per_s: float) -> None:
        """Return when `key` may send one more request at `per_s` requests a second."""
        gap = 1_000_000 / per_s
        ahead = max(0.0, 1_000_000 - gap)
        # Whose hosts are looked at is nobody's business who only sees Redis.
        name = PREFIX + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                asked: Any = self.redis.eval(_TAKE, 1, name, f"{gap:.0f}", f"{ahead:.0f}")
                microseconds = int(await asked)
        except (RedisError, OSError) as error:  # a TimeoutError is one, too
            self._note(error)
            await self.alone.acquire(key, per_s)
            return
        self._note(None)
        if microseconds:
            await self.sleep(microseconds / 1_000_000)

    def _note(self, error: Exception | None) -> None:
        """Say it once where the others are not asked, and once where they are again."""
        if error is not None:
            metrics.UNSHARED.inc()
            if not self._is_alone:
                reason = type(error).__name__
                log.warning("rates are kept by this process alone: Redis is away", reason=reason)
        elif self._is_alone:
            log.info("rates are kept together again")
        self._is_alone = error is not None
