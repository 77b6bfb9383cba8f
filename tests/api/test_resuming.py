"""Coming back with a cursor: after a long absence, after the end, and while the stream is away."""

from __future__ import annotations

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from graph.store import Store
from server.graphql.events import follower, stream
from server.jobs.queue import Queue
from tests.api.conftest import Caller
from tests.api.test_events import FOUND, event, find, settle, writing
from tests.api.test_sockets import greeted, said, subscribe

NAMES = 300
FOLLOW = """subscription R($id: ID!, $after: String) {
  runProgressed(id: $id, after: $after) { cursor change run { state } }
}"""


async def test_more_than_fits_into_the_buffer_may_lie_behind_a_cursor(
    address: str, caller: Caller, store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower.Budget.__init__, "__defaults__", (10_000, 0, lambda: None))
    async with writing(store, queue) as writer, greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOUND))
        await settle(opened)
        await find(writer, caller, 0, "first.example")
        cursor = (await event(opened))["cursor"]
        await opened.send('{"id": "1", "type": "complete"}')
        await settle(opened)
        for start in range(0, NAMES, 100):
            await find(writer, caller, 1 + start, *(f"n{start + i}.example" for i in range(100)))
        await opened.send(subscribe("2", FOUND, after=cursor))
        told = [await event(opened) for _ in range(NAMES)]
        assert len({each["entity"]["key"] for each in told}) == NAMES
        await find(writer, caller, 9_999, "last.example")
        assert (await event(opened))["entity"]["key"] == "last.example"


async def test_resuming_a_run_that_has_ended_meanwhile_ends(address: str, caller: Caller) -> None:
    started = await caller.ask(
        'mutation { startScan(input: {seeds: ["a.example"]}) { run { id } errors { message } } }'
    )
    run = started["startScan"]["run"]["id"]
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOLLOW, id=run))
        first = await event(opened, "runProgressed")
        await caller.ask("mutation C($id: ID!) { cancelRun(id: $id) { errors { code } } }", id=run)
        last = await event(opened, "runProgressed")
        assert (await said(opened))["type"] == "complete"
        await opened.send(subscribe("2", FOLLOW, id=run, after=first["cursor"]))
        assert await event(opened, "runProgressed") == last
        assert await said(opened) == {"id": "2", "type": "complete"}
        await opened.send(subscribe("3", FOLLOW, id=run, after=last["cursor"]))
        again = await event(opened, "runProgressed")
        assert (again["change"], again["run"]["state"]) == ("CURRENT", "CANCELLED")
        assert await said(opened) == {"id": "3", "type": "complete"}
        await opened.send(subscribe("4", FOLLOW, id="none", after=last["cursor"]))
        refused = await said(opened)
        assert refused["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_without_the_stream_resuming_is_refused_for_now(
    address: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> bool:
        raise RedisConnectionError("refused")

    monkeypatch.setattr(stream, "was_lost", away)
    query = 'subscription { entityFound(after: "1-0-0") { cursor } }'
    async with httpx.AsyncClient() as client:
        response = await client.post(
            f"http://{address}/graphql",
            json={"query": query},
            headers={**caller.headers, "Accept": "text/event-stream"},
        )
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.json()["errors"][0]["extensions"]["code"] == "STREAM_UNAVAILABLE"
