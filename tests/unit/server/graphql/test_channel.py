"""A question that is followed: what came meanwhile is loaded together, in order, a bounded stretch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from graphql import ExecutionResult

from server.graphql.context import Context
from server.graphql.events.channel import Channel
from server.graphql.events.follow import Follow
from server.graphql.events.follower import Follower
from server.graphql.events.stream import STRETCH, Event, Place
from server.graphql.execution import Asked, Executor

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Echo:
    """Executes a question by giving back what it is about."""

    async def execute(self, _asked: object, _context: object, root: object) -> ExecutionResult:
        return ExecutionResult({"is": root})


@dataclass
class Loads:
    """The ids of each load, which waits until it may go on."""

    seen: list[list[str]] = field(default_factory=list)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _context: Context, events: Sequence[Event]) -> Sequence[object]:
        self.seen.append([event.id for event in events])
        self.has_begun.set()
        await self.may_go_on.wait()
        return [event.id for event in events]


def events(*ids: int) -> list[Event]:
    return [Event(Place(1, 0, i), "a", "org", AT, "", "DomainName", str(i)) for i in ids]


@asynccontextmanager
async def running(loads: Loads) -> AsyncIterator[tuple[Channel, Follower]]:
    follow = Follow(frozenset({"a"}), lambda _event, _given: True, loads)
    context = cast(Context, SimpleNamespace(org="org", correlation_id=""))
    channel = Channel(cast(Asked, None), follow, {}, context, cast(Executor, Echo()))
    follower = Follower()
    follower.release(Place())
    channel.followers.add(follower)
    task = asyncio.create_task(channel.run())
    try:
        yield channel, follower
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def heard(follower: Follower, count: int) -> list[Any]:
    answers = follower.answers()
    async with asyncio.timeout(5):
        return [(await anext(answers)).text for _ in range(count)]


async def test_what_comes_during_a_load_is_loaded_together_and_told_in_order() -> None:
    loads = Loads()
    async with running(loads) as (channel, follower):
        channel.offer(events(0))
        await loads.has_begun.wait()
        for number in (1, 2, 3):
            channel.offer(events(number))
        loads.may_go_on.set()

        assert await heard(follower, 4) == [f'{{"data":{{"is":"{i}"}}}}' for i in range(4)]
    assert loads.seen == [["0"], ["1", "2", "3"]]


async def test_one_load_is_bounded_however_much_waits() -> None:
    loads = Loads()
    async with running(loads) as (channel, follower):
        channel.offer(events(0))
        await loads.has_begun.wait()
        for start in range(1, 3 * STRETCH, 30):
            channel.offer(events(*range(start, start + 30)))
        loads.may_go_on.set()
        await heard(follower, 3 * STRETCH)
    assert max(map(len, loads.seen)) == STRETCH
    assert [each for some in loads.seen for each in some][: 3 * STRETCH] == [
        str(number) for number in range(3 * STRETCH)
    ]
