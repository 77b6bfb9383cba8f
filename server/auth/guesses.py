"""How often somebody may guess: counters over a sliding window, in Redis, so that all processes count together.

A counter holds the times of what was counted, never more of them than its limit. With Redis away each process counts
for itself, from nothing: limits then hold for each process.
"""

from __future__ import annotations

import functools
import ipaddress
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis.asyncio import Redis

from server.auth.refusals import TooManyGuesses
from server.auth.together import Together

PREFIX = "mirage:guesses:"
ANSWER_WITHIN_S = 0.5
MOST_SUBJECTS = 10_000

# Gives how many were counted within the window, and for how many ms there is no room (0 where there is or was).
_COUNT = """
local now, window, most, mark = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= most then
  local oldest = redis.call('ZRANGE', KEYS[1], count - most, count - most, 'WITHSCORES')
  return {count, math.max(1, math.ceil(tonumber(oldest[2]) + window - now))}
end
if mark ~= '' then
  redis.call('ZADD', KEYS[1], now, mark)
  redis.call('PEXPIRE', KEYS[1], window)
  count = count + 1
end
return {count, 0}
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` within `within_s` seconds, for each subject of the kind `name`."""

    name: str
    most: int
    within_s: float

    def lowered(self, most: int) -> Limit:
        """The same counter with less room."""
        return replace(self, most=most)


KEYS = Limit("keys", 20, 60.0)
"""Unknown keys, tokens and sessions from one address."""

ADDRESS = Limit("address", 60, 900.0)
"""Attempts to sign in from one address, whatever the account."""

NEAR = Limit("near", 10, 900.0)
"""Attempts at one account from one neighbourhood of addresses."""

ANYWHERE = Limit("anywhere", 100, 3600.0)
"""Attempts at one account from everywhere. Beyond it nobody is locked out: each neighbourhood has less room."""

DEVICE = Limit("device", 20, 900.0)
"""Attempts at one account from a device that has signed in to it before."""

CODES = Limit("codes", 30, 3600.0)
"""Wrong codes after the right password, at one account from everywhere but known devices."""

MAILS = Limit("mails", 3, 3600.0)
"""Mails with a link to one account."""

MAILS_FROM = Limit("mails-from", 20, 3600.0)
"""Mails with a link that one address asked for."""

BEGINNINGS = Limit("beginnings", 300, 900.0)
"""Visits to sign-in providers that one address began."""


@dataclass(frozen=True)
class Counted:
    """Something that was counted: how many there are now, the seconds until there is room (0: there was), its mark."""

    count: int
    wait_s: float
    mark: str


class Guesses:
    """The counters. One per process; without a Redis they are the process' own."""

    def __init__(
        self,
        redis: Redis | None = None,
        clock: Callable[[], float] = time.time,
        prefix: str = PREFIX,
    ) -> None:
        """`prefix` is what its keys in Redis begin with."""
        self._together = Together(redis, clock, prefix, "guesses")
        self._clock = clock
        self._own: OrderedDict[str, OrderedDict[str, float]] = OrderedDict()

    async def count(self, limit: Limit, subject: str) -> Counted:
        """Count one, where there is room."""
        return await self._ask(limit, subject, uuid.uuid4().hex)

    async def look(self, limit: Limit, subject: str) -> Counted:
        """The counter as it is."""
        return await self._ask(limit, subject, "")

    async def take(self, limit: Limit, subject: str, what: str) -> Counted:
        """Count one. Raises TooManyGuesses, naming `what` there were too many of, where there is no room."""
        counted = await self.count(limit, subject)
        if counted.wait_s:
            raise too_many(what, counted.wait_s)
        return counted

    async def take_back(self, limit: Limit, subject: str, counted: Counted) -> None:
        """Count it no more: it was no guess."""
        key = self._together.key_of(limit.name, subject)
        self._own.get(key, OrderedDict()).pop(counted.mark, None)
        await self._try(lambda redis: redis.zrem(key, counted.mark))

    async def forget(self, limit: Limit, subject: str) -> None:
        """Begin to count anew."""
        key = self._together.key_of(limit.name, subject)
        self._own.pop(key, None)
        await self._try(lambda redis: redis.delete(key))

    async def _ask(self, limit: Limit, subject: str, mark: str) -> Counted:
        key, now_ms = self._together.key_of(limit.name, subject), int(self._clock() * 1000)
        given = (now_ms, int(limit.within_s * 1000), limit.most, mark)
        said = await self._try(lambda redis: redis.eval(_COUNT, 1, key, *map(str, given)))
        count, wait_ms = self._ask_own(key, given) if said is None else said
        return Counted(int(count), int(wait_ms) / 1000, mark)

    def _ask_own(self, key: str, given: tuple[int, int, int, str]) -> tuple[int, int]:
        """As the script does, in this process."""
        now, window, most, mark = given
        times = self._own.setdefault(key, OrderedDict())
        self._own.move_to_end(key)
        if len(self._own) > MOST_SUBJECTS:
            self._own.popitem(last=False)
        while times and next(iter(times.values())) <= now - window:
            times.popitem(last=False)
        if len(times) >= most:
            oldest = list(times.values())[len(times) - most]
            return len(times), max(1, int(oldest) + window - now)
        if mark:
            times[mark] = now
        return len(times), 0

    async def _try(self, ask: Callable[[Redis], object]) -> list[int] | None:
        """What Redis says, if anything."""
        return await self._together.ask(ask, ANSWER_WITHIN_S)  # type: ignore[arg-type]


def too_many(what: str, wait_s: float) -> TooManyGuesses:
    """The refusal of one more."""
    return TooManyGuesses(f"too many {what}; try again in {max(1, round(wait_s))} s", wait_s)


def neighbourhood(address: str) -> str:
    """The network that one party is likely to have: /24 of IPv4, /56 of IPv6; the text itself for anything else."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 56), strict=False))


@functools.lru_cache(MOST_SUBJECTS)
def one_party(address: str) -> str:
    """An address as one party: an IPv6 host has a /64 to choose from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return address
