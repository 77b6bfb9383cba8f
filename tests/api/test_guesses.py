"""Counting guesses: together in Redis, alone without it, over a window that slides."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone

from server.auth import guesses, together
from server.auth.guesses import Guesses, Limit, neighbourhood, one_party
from server.auth.refusals import TooManyGuesses

THREE = Limit("test", 3, 60.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def subject() -> str:
    return str(uuid.uuid4())


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    opened = Redis.from_url(redis_url)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(loop_scope="session", params=["in Redis", "alone"])
async def counting(request: pytest.FixtureRequest, redis: Redis, clock: Clock) -> Guesses:
    """Counters of both kinds: they have to count alike."""
    return Guesses(redis if request.param == "in Redis" else None, clock)


async def test_what_is_beyond_the_limit_waits_for_the_oldest(
    counting: Guesses, clock: Clock, subject: str
) -> None:
    for second in range(3):
        clock.now += second
        counted = await counting.count(THREE, subject)
        assert (counted.count, counted.wait_s) == (second + 1, 0.0)
    refused = await counting.count(THREE, subject)
    assert (refused.count, refused.wait_s) == (3, 57.0)
    with pytest.raises(TooManyGuesses, match="too many tries; try again in 57 s") as told:
        await counting.take(THREE, subject, "tries")
    assert told.value.retry_after_s == 57.0

    clock.now += 57.001
    assert (await counting.count(THREE, subject)).wait_s == 0.0
    assert (await counting.count(THREE, subject)).wait_s > 0.0


async def test_a_refused_guess_does_not_lengthen_the_wait(
    counting: Guesses, clock: Clock, subject: str
) -> None:
    for _ in range(10):
        await counting.count(THREE, subject)
    clock.now += 60.001
    assert (await counting.count(THREE, subject)).count == 1


async def test_looking_counts_nothing_and_subjects_are_apart(
    counting: Guesses, subject: str
) -> None:
    await counting.count(THREE, subject)
    for _ in range(5):
        assert (await counting.look(THREE, subject)).count == 1
    assert (await counting.look(THREE, subject + "x")).count == 0
    assert (await counting.look(Limit("other", 3, 60.0), subject)).count == 0


async def test_what_was_no_guess_is_taken_back_and_success_begins_anew(
    counting: Guesses, subject: str
) -> None:
    first = await counting.count(THREE, subject)
    await counting.count(THREE, subject)
    await counting.take_back(THREE, subject, first)
    assert (await counting.look(THREE, subject)).count == 1
    await counting.forget(THREE, subject)
    assert (await counting.look(THREE, subject)).count == 0


async def test_a_lower_limit_on_the_same_counter(counting: Guesses, subject: str) -> None:
    for _ in range(3):
        await counting.count(THREE, subject)
    refused = await counting.count(THREE.lowered(1), subject)
    assert (refused.count, refused.wait_s) == (3, 60.0)


async def test_a_hundred_at_once_get_no_more_than_the_limit(
    redis: Redis, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        guesses, "ANSWER_WITHIN_S", 60.0
    )  # a busy machine is not a Redis that is away
    processes = [Guesses(redis), Guesses(redis)]
    counted = await asyncio.gather(*(processes[n % 2].count(THREE, subject) for n in range(100)))

    assert len([each for each in counted if not each.wait_s]) == 3


async def test_redis_keeps_no_address_and_nothing_for_ever(redis: Redis, subject: str) -> None:
    await Guesses(redis).count(THREE, subject)
    keys = [key async for key in redis.scan_iter(match=f"{guesses.PREFIX}test:*")]

    assert keys
    assert not any(subject.encode() in key for key in keys)
    for key in keys:
        assert 0 < await redis.pttl(key) <= 60_000


async def test_without_redis_a_process_counts_alone_and_asks_again_later(
    redis: Redis, clock: Clock, subject: str
) -> None:
    class Away:
        asked = 0

        def __getattr__(self, name: str) -> object:
            async def gone(*_: object) -> None:
                self.asked += 1
                raise RedisGone("away")

            return gone

    away = Away()
    counting = Guesses(away, clock)  # type: ignore[arg-type]
    for _ in range(3):
        await counting.take(THREE, subject, "tries")
    with pytest.raises(TooManyGuesses):
        await counting.take(THREE, subject, "tries")
    assert away.asked == 1, "else each guess would wait for a Redis that is away"

    counting._together.redis = redis
    assert (await counting.look(THREE, subject)).count == 3
    clock.now += together.AWAY_FOR_S
    assert (await counting.look(THREE, subject)).count == 0, "the counters of Redis count again"


async def test_a_redis_that_hangs_is_not_waited_for(
    clock: Clock, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging:
        async def eval(self, *_: object) -> None:
            await asyncio.sleep(60)

    monkeypatch.setattr(guesses, "ANSWER_WITHIN_S", 0.01)
    counting = Guesses(Hanging(), clock)  # type: ignore[arg-type]
    assert (await asyncio.wait_for(counting.count(THREE, subject), 5)).count == 1


async def test_a_process_remembers_a_bounded_number(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "MOST_SUBJECTS", 10)
    counting = Guesses(None, clock)
    for number in range(50):
        await counting.count(THREE, str(number))

    assert len(counting._own) == 10


@pytest.mark.parametrize(
    ("address", "near", "party"),
    [
        ("198.51.100.7", "198.51.100.0/24", "198.51.100.7"),
        ("2001:db8:1:2345::1", "2001:db8:1:2300::/56", "2001:db8:1:2345::/64"),
        ("::ffff:198.51.100.7", "198.51.100.0/24", "198.51.100.7"),
        ("", "", ""),
        ("testclient", "testclient", "testclient"),
    ],
)
def test_addresses_of_one_party(address: str, near: str, party: str) -> None:
    assert (neighbourhood(address), one_party(address)) == (near, party)
