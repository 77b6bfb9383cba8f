"""Counting together with other processes, in Redis; while it is away, each process counts for itself.

What is counted (an address, an account) lies in Redis as a hash.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

AWAY_FOR_S = 5.0

T = TypeVar("T")


class Together:
    """The Redis that counts for all processes. Without one, or while it is away, it says nothing."""

    def __init__(
        self, redis: Redis | None, clock: Callable[[], float], prefix: str, what: str
    ) -> None:
        """`prefix` is what keys begin with; `what` is counted, for the log."""
        self.redis = redis
        self._clock = clock
        self._prefix = prefix
        self._told = f"{what} are counted by this process alone"
        self._away_until = 0.0

    def key_of(self, name: str, subject: str) -> str:
        """The key of a counter for a subject."""
        return f"{self._prefix}{name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"

    async def ask(self, ask: Callable[[Redis], Awaitable[T]], within_s: float) -> T | None:
        """What Redis says; None where it says nothing, and for a while after that without asking."""
        if self.redis is None or self._clock() < self._away_until:
            return None
        try:
            async with asyncio.timeout(within_s):
                return await ask(self.redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._clock() + AWAY_FOR_S
            log.warning(self._told, reason=type(error).__name__)
            return None
