"""One subscriber's buffer: live answers wait for those of before, in order, and never more than its budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.graphql.events.follower import (
    Budget,
    Follower,
    Interrupted,
    Restarting,
    SlowReader,
    Told,
)
from server.graphql.events.stream import Place


def told(number: int, *, size: int = 10, is_last: bool = False) -> Told:
    return Told(Place(1, 0, number), f"{number:0{size}}".encode(), is_last)


async def before(*answers: Told) -> AsyncIterator[Told]:
    for each in answers:
        yield each


async def heard(follower: Follower, count: int) -> list[int]:
    answers = follower.answers()
    async with asyncio.timeout(5):
        return [(await anext(answers)).place.number for _ in range(count)]


async def all_of(follower: Follower) -> list[int]:
    """What it is told until it ends."""
    async with asyncio.timeout(5):
        return [each.place.number async for each in follower.answers()]


async def test_live_answers_are_held_back_until_those_of_before_are_through() -> None:
    budget = Budget()
    follower = Follower(budget)
    follower.begin(before(told(1), told(2)), until=Place(1, 0, 2))
    # 2 happened while the stretch of before was read, and came live, too: it is told once.
    for number in (2, 3, 4):
        follower.put(told(number))

    assert await heard(follower, 4) == [1, 2, 3, 4]
    assert budget.used == 0

    follower.put(told(5))
    assert await heard(follower, 1) == [5]


async def test_what_is_pushed_is_told_before_what_is_held_back() -> None:
    follower = Follower()
    follower.put(told(2))
    follower.push(told(1))
    follower.release(behind=Place(1, 0, 1))

    assert await heard(follower, 2) == [1, 2]


async def test_the_last_answer_ends_it_whether_live_or_of_before() -> None:
    resumed = Follower()
    resumed.begin(before(told(1), told(2, is_last=True), told(3)), until=Place(1, 0, 3))
    assert await all_of(resumed) == [1, 2]

    live = Follower()
    live.release(Place())
    for answer in (told(1), told(2, is_last=True), told(3)):
        live.put(answer)
    assert await all_of(live) == [1, 2]


async def test_what_is_read_makes_room_for_what_comes() -> None:
    budget = Budget(most=30)
    follower = Follower(budget)
    follower.release(Place())
    for number in (1, 2, 3):
        follower.put(told(number))
    assert budget.used == 30

    assert await heard(follower, 2) == [1, 2]
    assert budget.used == 10

    follower.put(told(4))
    assert await heard(follower, 2) == [3, 4]
    assert budget.used == 0


async def test_a_connection_has_one_budget_for_all_its_subscriptions() -> None:
    overruns: list[str] = []
    budget = Budget(most=30, on_overrun=lambda: overruns.append("now"))
    one, other = Follower(budget), Follower(budget)
    for follower in (one, other):
        follower.release(Place())
    one.put(told(1, size=20))
    assert overruns == []

    other.put(told(2, size=20))

    assert overruns == ["now"]
    with pytest.raises(SlowReader):
        await heard(other, 1)
    assert await heard(one, 1) == [1]
    assert budget.used == 0


async def test_more_live_answers_than_may_wait_end_it_while_those_of_before_are_read() -> None:
    overruns: list[str] = []
    budget = Budget(most=30, on_overrun=lambda: overruns.append("now"))
    follower = Follower(budget)
    follower.begin(before(told(1), told(2)), until=Place(1, 0, 2))
    answers = follower.answers()
    assert (await anext(answers)).place.number == 1
    for number in range(3, 8):
        follower.put(told(number))

    assert overruns == ["now"], "once: what comes after the end is nobody's"
    assert budget.used == 0, "what was held back is given back"
    with pytest.raises(SlowReader):
        await anext(answers)


async def test_the_first_fault_is_told_and_what_waits_is_dropped() -> None:
    budget = Budget()
    follower = Follower(budget)
    follower.release(Place())
    follower.put(told(1))
    follower.end(Interrupted())
    follower.end(Restarting())
    follower.put(told(2))

    assert budget.used == 0
    with pytest.raises(Interrupted):
        await heard(follower, 1)


async def test_a_fault_wakes_whoever_waits_for_an_answer() -> None:
    follower = Follower()
    follower.release(Place())
    waiting = asyncio.create_task(heard(follower, 1))
    await asyncio.sleep(0)
    assert not waiting.done()

    follower.end(Restarting())

    with pytest.raises(Restarting):
        await waiting


async def test_leaving_gives_back_what_waits_and_what_is_held_back() -> None:
    budget = Budget()
    follower = Follower(budget)
    follower.put(told(1))
    follower.push(told(2))
    assert budget.used == 20

    follower.drop()

    assert budget.used == 0
    follower.release(Place())
    follower.put(told(3))
    assert await heard(follower, 1) == [3]
