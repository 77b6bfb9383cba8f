"""What many need alike is read by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from server.graphql.together import Together


async def test_what_is_asked_for_in_one_turn_is_read_at_once() -> None:
    together, asked = Together(), []

    async def read(keys: Sequence[str]) -> dict[str, str]:
        asked.append(list(keys))
        return {each: each.upper() for each in keys if each != "c"}

    told = await asyncio.gather(*(together("letters", each, read) for each in "abcab"))
    assert told == ["A", "B", None, "A", "B"]
    assert asked == [["a", "b", "c"]]

    assert await together("letters", "a", read) == "A"
    assert asked == [["a", "b", "c"], ["a"]]


async def test_names_are_apart() -> None:
    together = Together()

    async def upper(keys: Sequence[str]) -> dict[str, str]:
        return {each: each.upper() for each in keys}

    async def length(keys: Sequence[str]) -> dict[str, int]:
        return {each: len(each) for each in keys}

    told = await asyncio.gather(together("upper", "ab", upper), together("length", "ab", length))
    assert list(told) == ["AB", 2]


async def test_a_failure_is_that_of_all_who_asked() -> None:
    together = Together()

    async def read(keys: Sequence[str]) -> dict[str, str]:
        raise LookupError(", ".join(keys))

    asked = [asyncio.ensure_future(together("letters", each, read)) for each in "ab"]
    for each in asked:
        with pytest.raises(LookupError, match="a, b"):
            await each
