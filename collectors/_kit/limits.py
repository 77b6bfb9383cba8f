"""How often and how stubbornly: token buckets, a circuit breaker, pauses between attempts.

State is of this process; `RateLimiter` is the interface behind which a shared one can stand.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from graph.errors import SourceUnavailable

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

_KEPT_KEYS = 10_000


class RateLimiter(Protocol):
    """Lets at most so many requests a second through for each key."""

    async def acquire(self, key: str, per_s: float) -> None:
        """Return when `key` may send one more request at `per_s` requests a second."""
        ...


@dataclass
class TokenBuckets:
    """A rate limiter in this process. A bucket holds one second's worth, at least one request.

    Who waits is served in order of asking: each takes its token at once, the bucket going below
    zero, and sleeps for the debt.
    """

    clock: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    async def acquire(self, key: str, per_s: float) -> None:
        """Take one token of `key`."""
        now, most = self.clock(), max(1.0, per_s)
        tokens, since = self._buckets.pop(key, (most, now))
        tokens = min(most, tokens + (now - since) * per_s) - 1
        self._buckets[key] = (tokens, now)
        if len(self._buckets) > _KEPT_KEYS:
            self._buckets.popitem(last=False)
        if tokens < 0:
            await self.sleep(-tokens / per_s)


class Unlimited:
    """Lets everything through: for the lab, where nobody is to be spared."""

    async def acquire(self, key: str, per_s: float) -> None:
        """Return at once."""


@dataclass
class CircuitBreaker:
    """Stops asking a host that failed `threshold` times in a row, for `pause_s`; then one may try.

    A failure in that trial opens it again at once.
    """

    threshold: int = 5
    pause_s: float = 60.0
    clock: Monotonic = time.monotonic
    _failures: OrderedDict[str, tuple[int, str]] = field(default_factory=OrderedDict)
    _open_until: dict[str, float] = field(default_factory=dict)

    def check(self, key: str) -> None:
        """Raise SourceUnavailable while `key` is not to be asked."""
        until = self._open_until.get(key)
        if until is None:
            return
        left = until - self.clock()
        if left > 0:
            count, reason = self._failures[key]
            raise SourceUnavailable(
                f"{key} failed {count} times in a row, last: {reason}; not asked for {left:.0f} s"
            )
        # The trial: whoever comes now may ask, the others still wait for its end.
        self._open_until[key] = self.clock() + self.pause_s

    def succeeded(self, key: str) -> None:
        """Note an answer of `key`."""
        self._failures.pop(key, None)
        self._open_until.pop(key, None)

    def failed(self, key: str, reason: str) -> None:
        """Note a failure of `key`."""
        count = self._failures.pop(key, (0, ""))[0] + 1
        self._failures[key] = (count, reason)
        if len(self._failures) > _KEPT_KEYS:
            forgotten, _ = self._failures.popitem(last=False)
            self._open_until.pop(forgotten, None)
        if count >= self.threshold:
            self._open_until[key] = self.clock() + self.pause_s


class NeverOpen(CircuitBreaker):
    """Asks a host whatever it did: for those who pause by themselves, and are told of nobody else's failures."""

    def failed(self, key: str, reason: str) -> None:
        """Note nothing."""


@dataclass(frozen=True)
class Retry:
    """How often to try, and how long to pause in between: doubling, with full jitter."""

    attempts: int = 3
    first_s: float = 0.5
    most_s: float = 20.0
    random: Callable[[], float] = random.random

    def pause_s(self, attempt: int, at_least_s: float = 0.0) -> float:
        """How long to wait after failed attempt number `attempt` (from 1)."""
        widest = min(self.most_s, self.first_s * 2 ** (attempt - 1))
        return max(at_least_s, float(widest * self.random()))
