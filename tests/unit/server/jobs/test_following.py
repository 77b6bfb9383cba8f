"""Who follows what an organization set: one job at a time, and nothing that was set meanwhile is missed."""

from __future__ import annotations

import asyncio

import pytest

from server.jobs.following import Following


async def test_one_at_a_time_follows_and_looks_once_more_for_those_who_came() -> None:
    began: list[str] = []
    go = asyncio.Event()

    async def follow(org: str) -> None:
        began.append(org)
        await go.wait()

    following = Following(follow)
    first = asyncio.create_task(following("one"))
    await asyncio.sleep(0)
    await following("one")
    await following("one")
    other = asyncio.create_task(following("two"))
    await asyncio.sleep(0)
    assert began == ["one", "two"]
    go.set()
    await asyncio.gather(first, other)
    assert began == ["one", "two", "one"]
    await following("one")
    assert began == ["one", "two", "one", "one"]


async def test_one_that_fails_leaves_the_next_free() -> None:
    async def follow(_: str) -> None:
        raise OSError("gone")

    following = Following(follow)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            await following("one")
