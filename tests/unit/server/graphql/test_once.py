"""What an operation needs several times is read once, and not kept for longer than that."""

from __future__ import annotations

import asyncio

import pytest

from server.graphql.once import KEPT_S, Once


class Reading:
    def __init__(self) -> None:
        self.times = 0
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.times += 1
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return self.times


async def test_those_who_ask_together_are_told_the_same() -> None:
    once, read = Once(), Reading()
    assert await asyncio.gather(*(once("a", read) for _ in range(5))) == [1] * 5
    assert await once("a", read) == 1
    assert await once("b", read) == 2


async def test_it_is_read_again_after_a_while_and_after_a_change() -> None:
    now = [10.0]
    once, read = Once(lambda: now[0]), Reading()
    assert await once("a", read) == 1
    now[0] += KEPT_S
    assert await once("a", read) == 1
    now[0] += 0.1
    assert await once("a", read) == 2
    once.forget("a")
    once.forget("never read")
    assert await once("a", read) == 3


async def test_an_error_is_that_of_all_who_asked() -> None:
    once, read = Once(), Reading()
    read.error = ValueError("away")
    found = await asyncio.gather(*(once("a", read) for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in found] == ["away"] * 3
    assert read.times == 1
    with pytest.raises(ValueError, match="away"):
        await once("a", read)
