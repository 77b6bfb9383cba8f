"""Subscriptions as server-sent events: how they end, and how whoever was cut off comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from graph.store import Store
from server.graphql.events import channel, follower, stream
from server.graphql.events.follower import Restarting
from server.graphql.events.hub import Hub
from server.graphql.events.stream import Event
from server.jobs.queue import Queue
from server.web import metrics, sse
from tests.api.conftest import Caller
from tests.api.test_events import FOUND, find, writing
from tests.support.waiting import eventually

RUN = "subscription R($id: ID!) { runProgressed(id: $id) { change run { state } } }"
COMPLETE = ["event: complete", "data:"]


@dataclass
class Following:
    """A stream as a client reads it, line by line; what is told is found in `data`."""

    lines: AsyncIterator[str]
    seen: list[str] = field(default_factory=list)

    async def next(self) -> dict[str, Any]:
        """The data of the next event."""
        async with asyncio.timeout(20):
            async for line in self.lines:
                self.seen.append(line)
                if line.startswith("data: "):
                    data: dict[str, Any] = json.loads(line.removeprefix("data: "))["data"]
                    return data
        pytest.fail(f"the stream has ended: {self.seen}")

    async def rest(self) -> list[str]:
        """The lines up to the end of the stream, without the empty ones."""
        async with asyncio.timeout(20):
            return [line async for line in self.lines if line]


@asynccontextmanager
async def following(
    address: str, caller: Caller, query: str, **variables: object
) -> AsyncIterator[Following]:
    headers = {**caller.headers, "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("POST", f"http://{address}/graphql", json=body, headers=headers) as response,
    ):
        assert response.status_code == 200
        lines = response.aiter_lines()
        assert await anext(lines) == ": following"
        yield Following(lines)


def channel_of(app: Starlette, caller: Caller) -> channel.Channel:
    hub: Hub = app.state.services.hub
    (mine,) = [each for each, _ in hub._channels.values() if each.context.org == caller.org]
    return mine


async def nobody_follows(app: Starlette, caller: Caller) -> None:
    """Wait until the server has let go of the caller's subscriptions."""

    async def is_over() -> bool:
        return not is_followed(app, caller)

    await eventually(is_over)


def is_followed(app: Starlette, caller: Caller) -> bool:
    """Whether anything of the caller's organization is followed."""
    hub = app.state.services.hub
    return any(each.context.org == caller.org for each, _ in hub._channels.values())


async def test_a_story_that_ends_says_so(address: str, caller: Caller) -> None:
    started = await caller.ask(
        'mutation { startScan(input: {seeds: ["a.example"]}) { run { id } } }'
    )
    run = started["startScan"]["run"]["id"]
    async with following(address, caller, RUN, id=run) as it:
        assert (await it.next())["runProgressed"]["change"] == "CURRENT"
        await caller.ask("mutation C($id: ID!) { cancelRun(id: $id) { errors { code } } }", id=run)
        assert (await it.next())["runProgressed"] == {
            "change": "CANCELLED",
            "run": {"state": "CANCELLED"},
        }
        assert await it.rest() == COMPLETE


async def test_whoever_was_cut_off_comes_back_with_the_last_cursor(
    address: str, caller: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    async with writing(store, queue) as writer:
        async with following(address, caller, FOUND) as it:
            await find(writer, caller, 1, "one.example")
            cursor = (await it.next())["entityFound"]["cursor"]
            at = await stream.latest(queue)
            flood = Event(
                at, "entity.created", caller.org, app.state.services.now(), "", "DomainName", "x"
            )
            mine = channel_of(app, caller)
            for _ in range(channel.MOST_WAITING + 1):
                mine.offer([flood])
            assert await it.rest() == [], "no `complete`: the client comes again"
        await find(writer, caller, 2, "two.example")
        async with following(address, caller, FOUND, after=cursor) as it:
            await find(writer, caller, 3, "three.example")
            told = [(await it.next())["entityFound"]["entity"]["key"] for _ in range(2)]
    assert told == ["two.example", "three.example"]
    await nobody_follows(app, caller)


async def test_a_process_that_ends_lets_its_followers_go(
    address: str, caller: Caller, app: Starlette
) -> None:
    async with following(address, caller, FOUND) as it:
        channel_of(app, caller).end(Restarting())
        assert await it.rest() == []
    await nobody_follows(app, caller)


async def test_a_quiet_stream_shows_that_it_lives(
    address: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "PULSE_S", 0.05)
    async with following(address, caller, FOUND) as it, asyncio.timeout(20):
        got = [await anext(it.lines) for _ in range(4)]
    assert got == ["", ": still here", "", ": still here"]


async def test_a_revoked_key_ends_the_stream(
    address: str, caller: Caller, store: Store, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "PULSE_S", 0.1)
    async with following(address, caller, FOUND) as it:
        await store.execute(
            "MATCH (k:ApiKey {org: $org}) SET k.revoked_at = datetime()", {"org": caller.org}
        )
        app.state.services.gate._known.clear()  # what time would do
        assert set(await it.rest()) <= {": still here"}
    await nobody_follows(app, caller)


async def test_whoever_does_not_read_is_let_go(
    address: str,
    caller: Caller,
    store: Store,
    queue: Queue,
    app: Starlette,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower.Budget.__init__, "__defaults__", (400_000, 0, lambda: None))
    names = " ".join(f"a{i}{'x' * 200}: key" for i in range(40))
    wide = f"subscription {{ entityFound {{ entity {{ {names} }} }} }}"  # 9 kB for each event
    host, _, port = address.partition(":")
    body = json.dumps({"query": wide}).encode()
    reader, sender = await asyncio.open_connection(host, int(port), limit=1_024)
    sender.get_extra_info("socket").setsockopt(1, 8, 2_048)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {caller.key}\r\n"
        "Accept: text/event-stream\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    sender.write(head.encode() + body)
    with closing(sender):
        await reader.readuntil(b": following\n\n")
        before = metrics.FOLLOWERS._value.get()
        async with writing(store, queue) as writer:
            for second in range(60):
                await find(writer, caller, second, *(f"n{second}-{i}.example" for i in range(20)))
                if not is_followed(app, caller):
                    break
            else:
                pytest.fail("ten megabytes wait for one reader")

        async def has_ended() -> bool:
            return bool(metrics.FOLLOWERS._value.get() == before - 1)

        await eventually(has_ended)  # the stream's own end comes after that of what it follows
