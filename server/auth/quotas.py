"""How much somebody may ask: quotas for a key, its user, their organization and an address, counted in Redis.

A quota is a bucket that holds a minute's worth and fills up evenly (GCRA: one moment in Redis for each bucket, the
moment when it is full again), so that a burst is possible and a steady pace always is. All buckets of a request are
looked at in one step: where one of them is empty, nothing is taken from any.

While all buckets of a request are at least half full, as Redis told within the last second, it passes at once: what it
takes is owed to Redis, and told there soon, together with what others owe. So whoever asks much less than they may
never waits for Redis, and near its limit each request is asked about. Only where other processes let half a bucket
pass in the same moment does somebody get more than the bucket holds.

With Redis away each process goes on counting for itself: limits then hold for each process, and nobody is turned away
because Redis is.

Requests that come while Redis is asked are asked about together, so that a busy process asks less often.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from server.auth.refusals import RateLimited
from server.auth.together import Together

log = structlog.get_logger(__name__)

PREFIX = "mirage:quota:"
WINDOW_S = 60
WINDOW_MS = WINDOW_S * 1000
ANSWER_WITHIN_S = 0.25
MOST_SUBJECTS = 10_000
AT_ONCE = 50  # requests that are asked about together
KNOWN_MS = 1_000  # how long it is known what Redis told of a bucket
AHEAD_MS = WINDOW_MS // 2  # how far from full a bucket may be for a request to pass at once
OWED_S = 0.05  # how long what was taken then may wait to be told

# KEYS are the buckets of all requests, one request's after the other's. ARGV are the window in ms, and for each request
# what is taken, how many buckets it has and what each of them holds. Gives for each request whether it is refused, and
# for each of its buckets when it is full again, as ms from now, as it is after this. Refused is what would make it
# later than a window; then nothing is written.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, told, key, arg = tonumber(ARGV[1]), {}, 0, 2
while arg < #ARGV do
  local points, count, full, refused = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1]), {}, 0
  for i = 1, count do
    local most = tonumber(ARGV[arg + 1 + i])
    local before = math.max(0, (tonumber(redis.call('GET', KEYS[key + i])) or 0) - now)
    local after = before + math.min(points, most) * window / most
    full[i] = {before, after}
    if after > window + 0.5 then refused = 1 end
  end
  told[#told + 1] = refused
  for i = 1, count do
    local each = full[i]
    if refused == 0 then
      redis.call('SET', KEYS[key + i], string.format('%.3f', now + each[2]), 'PX', math.ceil(each[2]) + 1)
    end
    told[#told + 1] = string.format('%.3f', refused == 0 and each[2] or each[1])
  end
  key, arg = key + count, arg + 2 + count
end
return told
"""
_SHA = hashlib.sha1(_TAKE.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Quota:
    """What one subject may take in a minute, and at once. `name` says what is limited, such as key or address."""

    name: str
    most: int

    def left(self, full_in_ms: float) -> int:
        """How much there is to take where the bucket is full again after that time."""
        return max(0, math.floor((WINDOW_MS - full_in_ms) * self.most / WINDOW_MS + 1e-6))

    def wait_ms(self, points: int, full_in_ms: float) -> float:
        """How long until there is room for so many."""
        return max(0.0, full_in_ms + min(points, self.most) * WINDOW_MS / self.most - WINDOW_MS)


@dataclass(frozen=True)
class Taken:
    """The buckets after something was taken, as pairs of quota and ms until it is full again."""

    buckets: Sequence[tuple[Quota, float]] = ()

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers, the tightest bucket first."""
        if not self.buckets:
            return {}
        ordered = sorted(self.buckets, key=lambda each: each[0].left(each[1]) / each[0].most)
        told = [(quota, quota.left(full), math.ceil(full / 1000)) for quota, full in ordered]
        return {
            "RateLimit-Policy": ", ".join(
                f'"{quota.name}";q={quota.most};w={WINDOW_S}' for quota, _, _ in told
            ),
            "RateLimit": ", ".join(
                f'"{quota.name}";r={left};t={full}' for quota, left, full in told
            ),
        }


@dataclass(frozen=True)
class _Buckets:
    """The buckets of some subjects: their keys, and what each of them holds."""

    keys: Sequence[str]
    quotas: Sequence[Quota]

    def taken(self, full_ms: Sequence[float]) -> Taken:
        """They are full again after these times."""
        return Taken(list(zip(self.quotas, full_ms, strict=True)))

    def after(self, before_ms: Sequence[float], points: int) -> list[float]:
        """When each is full again once so many were taken."""
        return [
            full + min(points, quota.most) * WINDOW_MS / quota.most
            for full, quota in zip(before_ms, self.quotas, strict=True)
        ]


@dataclass(frozen=True)
class _Wanted:
    """What is taken from some buckets. `told` becomes what the script gives for it; nobody waits for what was owed."""

    buckets: _Buckets
    points: int
    told: asyncio.Future[Sequence[float] | None] | None = None

    @property
    def arguments(self) -> list[str]:
        """What the script needs of it beside the keys."""
        quotas = self.buckets.quotas
        return [str(self.points), str(len(quotas)), *(str(each.most) for each in quotas)]


@dataclass(slots=True)
class _Seen:
    """A bucket as this process knows it, by its own clock: when it is full again, and when Redis told that last."""

    full_at: float
    told_at: float


class Quotas:
    """The buckets. One per process; without a Redis they are the process' own."""

    def __init__(
        self,
        most: Mapping[str, int],
        redis: Redis | None = None,
        clock: Callable[[], float] = time.time,
        prefix: str = PREFIX,
    ) -> None:
        """`most` is what each subject of a kind may take in a minute; kinds that it does not name have no limit."""
        self._quotas = [Quota(name, each) for name, each in most.items()]
        self._together = Together(redis, clock, prefix, "quotas")
        self._clock = clock
        self._buckets = functools.lru_cache(MOST_SUBJECTS)(self._buckets_of)
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._waiting: list[_Wanted] = []
        self._owed: dict[Sequence[str], _Wanted] = {}
        self._paying: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None

    async def take(self, subjects: Mapping[str, str], points: int = 1) -> Taken:
        """Take so many from the bucket of each subject, named by its kind. Raises RateLimited where one has not enough.

        More than a bucket holds counts as all that it holds.
        """
        buckets = self._buckets(tuple(subjects.items()))
        if not buckets.keys:
            return Taken()
        if full := self._ahead(buckets, points):
            return buckets.taken(full)
        told = await self._ask(buckets, points)
        is_refused, *full = self._take_own(buckets, points) if told is None else map(float, told)
        taken = buckets.taken(full)
        if is_refused:
            raise _refusal(taken, points)
        return taken

    def _buckets_of(self, subjects: tuple[tuple[str, str], ...]) -> _Buckets:
        named = dict(subjects)
        quotas = [quota for quota in self._quotas if quota.name in named]
        return _Buckets(
            tuple(self._together.key_of(quota.name, named[quota.name]) for quota in quotas), quotas
        )

    def _ahead(self, buckets: _Buckets, points: int) -> list[float] | None:
        """Take it before Redis is asked and owe it, where it is known that there is plenty; None where it is not."""
        now = self._clock() * 1000
        seen = [self._seen.get(key) for key in buckets.keys]
        if any(each is None or now - each.told_at >= KNOWN_MS for each in seen):
            return None
        is_refused, *after = self._take_own(buckets, points, AHEAD_MS)
        if is_refused:
            return None
        owed = self._owed.get(buckets.keys)
        self._owed[buckets.keys] = _Wanted(buckets, points + (owed.points if owed else 0))
        if self._paying is None:
            self._paying = asyncio.get_running_loop().call_later(
                OWED_S, self._pay, context=contextvars.Context()
            )
        return after

    def _see(
        self, buckets: _Buckets, full_ms: Sequence[float], now: float, told_at: float | None = None
    ) -> None:
        """Remember when buckets are full again; what this process has taken since Redis was asked stays taken."""
        for key, full in zip(buckets.keys, full_ms, strict=True):
            seen = self._seen.setdefault(key, _Seen(0.0, -math.inf))
            seen.full_at = max(seen.full_at, now + full)
            seen.told_at = seen.told_at if told_at is None else told_at
            self._seen.move_to_end(key)
        while len(self._seen) > MOST_SUBJECTS:
            self._seen.popitem(last=False)

    async def _ask(self, buckets: _Buckets, points: int) -> Sequence[float] | None:
        """What Redis says of one request; None where it says nothing."""
        told: asyncio.Future[Sequence[float] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wanted(buckets, points, told))
        self._begin()
        return await told

    def _pay(self) -> None:
        self._paying = None
        self._begin()

    def _begin(self) -> None:
        """Ask about all that waits and all that is owed."""
        if self._asking is None:
            # In a context of its own: it works for others, too.
            self._asking = asyncio.get_running_loop().create_task(
                self._ask_for_all(), context=contextvars.Context()
            )

    async def _ask_for_all(self) -> None:
        try:
            # What is owed since then is asked about in its own time, unless somebody waits anyway.
            while self._waiting or (self._owed and self._paying is None):
                if self._paying:
                    self._paying.cancel()
                self._paying = None
                waiting = [*self._owed.values(), *self._waiting]
                self._owed, self._waiting = {}, []
                for start in range(0, len(waiting), AT_ONCE):
                    await self._ask_for(waiting[start : start + AT_ONCE])
        finally:
            self._asking = None

    async def _ask_for(self, batch: Sequence[_Wanted]) -> None:
        try:
            told = await self._together.ask(lambda redis: _take(redis, batch), ANSWER_WITHIN_S)
        except Exception as error:
            log.exception("quotas could not be counted")
            for each in batch:
                if each.told and not each.told.done():
                    each.told.set_exception(error)
            return
        start, now = 0, self._clock() * 1000
        for each in batch:
            end = start + 1 + len(each.buckets.keys)
            if told:
                self._see(each.buckets, [float(one) for one in told[start + 1 : end]], now, now)
            if each.told and not each.told.done():  # whoever asked may have gone meanwhile
                each.told.set_result(told and told[start:end])
            start = end

    def _take_own(
        self, buckets: _Buckets, points: int, most_ms: float = WINDOW_MS + 0.5
    ) -> list[float]:
        """As the script does, in this process; refused is what would make a bucket full again later than `most_ms`."""
        now = self._clock() * 1000
        seen = [self._seen.get(key) for key in buckets.keys]
        before = [max(0.0, each.full_at - now) if each else 0.0 for each in seen]
        after = buckets.after(before, points)
        if max(after) > most_ms:
            return [1, *before]
        self._see(buckets, after, now)
        return [0, *after]


async def _take(redis: Redis, batch: Sequence[_Wanted]) -> Sequence[float]:
    """What the script says of all of them, one after the other."""
    keys = [key for each in batch for key in each.buckets.keys]
    given = [*keys, str(WINDOW_MS), *(one for each in batch for one in each.arguments)]
    try:
        return await redis.evalsha(_SHA, len(keys), *given)  # type: ignore[misc, no-any-return]
    except NoScriptError:
        return await redis.eval(_TAKE, len(keys), *given)  # type: ignore[misc, no-any-return]


def _refusal(taken: Taken, points: int) -> RateLimited:
    waits = {quota: quota.wait_ms(points, full) for quota, full in taken.buckets}
    quota = max(waits, key=lambda each: waits[each])
    wait_s = max(1, math.ceil(waits[quota] / 1000))
    return RateLimited(
        f"this {quota.name} has asked all of its {quota.most} points a minute; try again in {wait_s} s, or ask for "
        "less at once",
        wait_s,
        taken.headers,
    )
