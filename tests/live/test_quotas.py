"""Quotas on a real Redis, and without one: buckets that fill evenly, all looked at in one step."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.auth import quotas as module
from server.auth import together
from server.auth.quotas import Quota, Quotas, Taken
from server.auth.refusals import RateLimited
from server.jobs.queue import open_queue

Make = Callable[..., Quotas]


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@pytest.fixture(params=["redis", "alone"])
def make(request: pytest.FixtureRequest, redis: Redis) -> Make:
    prefix = f"test:quota:{uuid.uuid4()}:"

    def made(**most: int) -> Quotas:
        return Quotas(most, redis if request.param == "redis" else None, prefix=prefix)

    return made


async def taken_until_refused(quotas: Quotas, subjects: dict[str, str], most: int = 1_000) -> int:
    for count in range(most):
        try:
            await quotas.take(subjects)
        except RateLimited:
            return count
    return most


async def test_a_bucket_holds_a_minutes_worth_and_fills_evenly(make: Make) -> None:
    quotas = make(key=120)
    assert await taken_until_refused(quotas, {"key": "a"}) in (120, 121)
    with pytest.raises(RateLimited) as refused:
        await quotas.take({"key": "a"})
    assert refused.value.retry_after_s == 1
    assert refused.value.headers["Retry-After"] == "1"
    assert refused.value.headers["RateLimit"].startswith('"key";r=0;t=')
    await asyncio.sleep(0.55)  # 120 a minute are one each 0.5 s
    await quotas.take({"key": "a"})
    with pytest.raises(RateLimited):
        await quotas.take({"key": "a"})


async def test_subjects_have_buckets_of_their_own(make: Make) -> None:
    quotas = make(key=2)
    assert await taken_until_refused(quotas, {"key": "a"}) == 2
    assert await taken_until_refused(quotas, {"key": "b"}) == 2


async def test_where_one_bucket_is_empty_nothing_is_taken_from_any(make: Make) -> None:
    quotas = make(key=2, user=10)
    assert await taken_until_refused(quotas, {"key": "a", "user": "u"}) == 2
    for _ in range(5):
        with pytest.raises(RateLimited, match="this key has asked all of its 2 points"):
            await quotas.take({"key": "a", "user": "u"})
    assert await taken_until_refused(quotas, {"user": "u"}) == 8


async def test_points_weigh_and_more_than_a_bucket_is_all_of_it(make: Make) -> None:
    quotas = make(key=10)
    taken = await quotas.take({"key": "a"}, 4)
    assert taken.headers == {
        "RateLimit-Policy": '"key";q=10;w=60',
        "RateLimit": '"key";r=6;t=24',
    }
    with pytest.raises(RateLimited) as refused:
        await quotas.take({"key": "a"}, 50)
    assert 23 <= refused.value.retry_after_s <= 24
    await quotas.take({"key": "b"}, 50)
    assert await taken_until_refused(quotas, {"key": "b"}) == 0


async def test_what_has_no_limit_is_not_counted(make: Make) -> None:
    assert (await make(user=1).take({"key": "a"})).headers == {}
    assert (await make().take({"key": "a"})).headers == {}
    assert Taken().headers == {}


async def test_many_at_once_get_no_more_than_there_is(make: Make) -> None:
    quotas = make(key=20)
    ended = await asyncio.gather(
        *(quotas.take({"key": "a"}) for _ in range(60)), return_exceptions=True
    )
    assert sum(isinstance(each, Taken) for each in ended) == 20
    assert sum(isinstance(each, RateLimited) for each in ended) == 40


async def test_those_that_come_together_are_asked_about_together_and_told_apart(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    async def counting(redis: Redis, batch: Sequence[object]) -> Sequence[float]:
        sizes.append(len(batch))
        return await real(redis, batch)  # type: ignore[arg-type]

    real = module._take
    monkeypatch.setattr(module, "_take", counting)
    quotas = Quotas({"key": 100, "user": 10}, redis, prefix=f"test:quota:{uuid.uuid4()}:")
    ended = await asyncio.gather(
        quotas.take({"key": "a"}, 40),
        quotas.take({"key": "b", "user": "u"}, 4),
        quotas.take({"key": "b", "user": "u"}, 7),
        quotas.take({"user": "v"}, 3),
        *(quotas.take({"key": "c"}) for _ in range(60)),
        return_exceptions=True,
    )
    left = [
        each
        if isinstance(each, BaseException)
        else {quota.name: quota.left(full) for quota, full in each.buckets}
        for each in ended[:4]
    ]
    assert isinstance(left.pop(2), RateLimited)
    assert left == [{"key": 60}, {"key": 96, "user": 6}, {"user": 7}]
    assert [each for each in ended[4:] if isinstance(each, BaseException)] == []
    assert sizes == [50, 14]
    assert (
        (await quotas.take({"key": "b", "user": "u"}, 6))
        .headers["RateLimit"]
        .startswith('"user";r=0')
    )


class Counted:
    """The real script, and how many requests it was asked about each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.fault: Exception | None = None
        self._real = module._take
        monkeypatch.setattr(module, "_take", self._take)

    async def _take(self, redis: Redis, batch: Sequence[module._Wanted]) -> Sequence[float]:
        if self.fault:
            raise self.fault
        self.sizes.append(len(batch))
        return await self._real(redis, batch)


async def test_who_has_plenty_passes_at_once_and_redis_is_told_soon(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OWED_S", 0.2)
    counted, prefix = Counted(monkeypatch), f"test:quota:{uuid.uuid4()}:"
    quotas, other = (Quotas({"key": 100, "user": 120}, redis, prefix=prefix) for _ in range(2))
    for _ in range(28):
        taken = await quotas.take({"key": "a", "user": "u"})
    assert [quota.left(full) // 5 for quota, full in taken.buckets] == [14, 18]
    assert counted.sizes == [1]
    await asyncio.sleep(0.3)
    assert counted.sizes == [1, 1], "all that is owed at once"
    seen = await other.take({"key": "a", "user": "u"})
    assert [quota.left(full) // 5 for quota, full in seen.buckets] == [14, 18]


async def test_what_is_owed_is_told_before_what_waits(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OWED_S", 5.0)
    counted, prefix = Counted(monkeypatch), f"test:quota:{uuid.uuid4()}:"
    quotas = Quotas({"key": 10}, redis, prefix=prefix)
    assert await taken_until_refused(quotas, {"key": "a"}) == 10
    assert counted.sizes == [1, 2, 1, 1, 1, 1, 1], "four pass, and are told with the sixth"
    one, other = (Quotas({"key": 100}, redis, prefix=prefix) for _ in range(2))
    passed = 0
    for _ in range(100):
        ended = await asyncio.gather(
            one.take({"key": "b"}), other.take({"key": "b"}), return_exceptions=True
        )
        passed += sum(isinstance(each, Taken) for each in ended)
    assert passed in (100, 101)


async def test_known_is_for_a_moment_only(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, now = Counted(monkeypatch), [1_000.0]
    quotas = Quotas({"key": 100}, redis, lambda: now[0], prefix=f"test:quota:{uuid.uuid4()}:")
    for _ in range(3):
        await quotas.take({"key": "a"})
    assert counted.sizes == [1]
    now[0] += module.KNOWN_MS / 1000
    await quotas.take({"key": "a"})
    assert counted.sizes == [1, 2]


async def test_with_redis_gone_a_process_goes_on_from_what_it_knew(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    quotas = Quotas({"key": 20}, redis, prefix=f"test:quota:{uuid.uuid4()}:")
    for _ in range(15):
        await quotas.take({"key": "a"})
    counted.fault = RedisError("gone")
    assert await taken_until_refused(quotas, {"key": "a"}) == 5


async def test_a_fault_in_telling_what_is_owed_is_said(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(module.log, "exception", said.append)
    counted = Counted(monkeypatch)
    quotas = Quotas({"key": 100}, redis, prefix=f"test:quota:{uuid.uuid4()}:")
    await quotas.take({"key": "a"})
    counted.fault = KeyError("a defect")
    await quotas.take({"key": "a"})
    assert said == []
    await asyncio.sleep(0.2)
    assert said == ["quotas could not be counted"]


async def test_whoever_goes_takes_nobody_along_and_a_fault_reaches_all(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas = Quotas({"key": 10}, redis, prefix=f"test:quota:{uuid.uuid4()}:")
    gone, stays = (asyncio.create_task(quotas.take({"key": each})) for each in "ab")
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).headers["RateLimit"].startswith('"key";r=9')

    async def broken(*_: object) -> Sequence[float]:
        raise KeyError("a defect")

    monkeypatch.setattr(module, "_take", broken)
    ended = await asyncio.gather(
        *(quotas.take({"key": each}) for each in "cd"), return_exceptions=True
    )
    assert [type(each) for each in ended] == [KeyError, KeyError]
    monkeypatch.undo()
    assert (await quotas.take({"key": "c"})).headers["RateLimit"].startswith('"key";r=9')


async def test_processes_count_together_and_what_they_keep_ends(redis: Redis) -> None:
    prefix = f"test:quota:{uuid.uuid4()}:"
    one, other = (Quotas({"key": 4}, redis, prefix=prefix) for _ in range(2))
    await one.take({"key": "a"}, 3)
    assert await taken_until_refused(other, {"key": "a"}) == 1
    (key,) = [each async for each in redis.scan_iter(f"{prefix}*")]
    assert key.rpartition(b":")[2] != b"a", "hashed"
    assert 0 < await redis.pttl(key) <= 60_001


async def test_without_redis_a_process_counts_for_itself_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(together.log, "warning", lambda what, **_: told.append(what))
    async with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        quotas = Quotas({"key": 3}, nobody)
        started = time.monotonic()
        assert await taken_until_refused(quotas, {"key": "a"}) == 3
        assert time.monotonic() - started < 1
    assert told == ["quotas are counted by this process alone"], "and is not asked each time"


async def test_a_process_alone_forgets_the_longest_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SUBJECTS", 2)
    quotas = Quotas({"key": 1})
    for key in ("a", "b", "c"):
        await quotas.take({"key": key})
    await quotas.take({"key": "a"})
    with pytest.raises(RateLimited):
        await quotas.take({"key": "c"})


def test_what_is_left_goes_by_when_the_bucket_is_full() -> None:
    quota = Quota("key", 60)
    assert [quota.left(full) for full in (0, 1_000, 1_001, 59_999, 60_000)] == [60, 59, 58, 0, 0]
    assert quota.wait_ms(2, 59_000) == 1_000
    assert quota.wait_ms(1, 0) == 0
