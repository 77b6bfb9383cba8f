import pytest

from collectors._kit import limits
from collectors._kit.limits import CircuitBreaker, Retry, TokenBuckets
from graph.errors import SourceUnavailable


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


async def test_a_bucket_lets_a_second_s_worth_through_and_then_the_rate() -> None:
    time = Time()
    buckets = TokenBuckets(time, time.sleep)
    for _ in range(6):
        await buckets.acquire("a", 4)
    assert time.slept == [0.25, 0.25]


async def test_a_slow_rate_still_lets_the_first_one_through() -> None:
    time = Time()
    buckets = TokenBuckets(time, time.sleep)
    await buckets.acquire("a", 0.5)
    await buckets.acquire("a", 0.5)
    await buckets.acquire("b", 0.5)
    assert time.slept == [2.0]


async def test_those_who_wait_together_are_spread() -> None:
    time = Time()
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    buckets = TokenBuckets(time, note)
    for _ in range(4):
        await buckets.acquire("a", 1)
    assert waits == [1.0, 2.0, 3.0]


async def test_buckets_that_nobody_used_for_long_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "_KEPT_KEYS", 2)
    time = Time()
    buckets = TokenBuckets(time, time.sleep)
    for key in ("a", "b", "c", "a"):
        await buckets.acquire(key, 1)
    assert time.slept == [], "a was forgotten, so its bucket is full again"
    await buckets.acquire("c", 1)
    assert time.slept == [1.0]


def test_failures_of_those_that_fail_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEPT_KEYS", 2)
    breaker = CircuitBreaker(threshold=2, pause_s=10, clock=Time())
    for key in ("a", "a", "b", "a", "b"):
        breaker.failed(key, "reset")
    for key in ("a", "b"):
        with pytest.raises(SourceUnavailable):
            breaker.check(key)
    breaker.failed("c", "reset")
    breaker.check("a")
    with pytest.raises(SourceUnavailable):
        breaker.check("b")


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_try() -> None:
    time = Time()
    breaker = CircuitBreaker(threshold=2, pause_s=10, clock=time)
    breaker.failed("a", "no answer")
    breaker.check("a")
    breaker.failed("a", "reset")
    breaker.check("b")
    said = "a failed 2 times in a row, last: reset; not asked for 10 s"
    with pytest.raises(SourceUnavailable, match=said):
        breaker.check("a")
    time.now += 10
    breaker.check("a")
    with pytest.raises(SourceUnavailable):
        breaker.check("a")
    breaker.succeeded("a")
    breaker.check("a")


def test_success_in_between_starts_the_count_again() -> None:
    breaker = CircuitBreaker(threshold=2, clock=Time())
    breaker.failed("a", "")
    breaker.succeeded("a")
    breaker.failed("a", "")
    breaker.check("a")


def test_pauses_double_up_to_a_bound_with_full_jitter() -> None:
    retry = Retry(first_s=1, most_s=5, random=lambda: 1.0)
    assert [retry.pause_s(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert Retry(first_s=1, random=lambda: 0.25).pause_s(2) == 0.5
    assert Retry(random=lambda: 0.0).pause_s(1, at_least_s=7) == 7
