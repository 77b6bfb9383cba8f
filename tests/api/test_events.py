"""Subscriptions: what happens reaches those it concerns, once and in order, and they can come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection

from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress
from graph.store import Store
from graph.writer import EventGroup, Writer
from server.graphql.events import channel, follower, stream
from server.graphql.events.stream import Event, Place
from server.jobs.events import STREAM, Publisher
from server.jobs.queue import Queue
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_sockets import closed, greeted, said, subscribe
from tests.support.facts import answer

FOUND = (
    "subscription F($kinds: [EntityKind!], $after: String) "
    "{ entityFound(kinds: $kinds, after: $after) { cursor change entity { key kind } } }"
)


@asynccontextmanager
async def writing(store: Store, queue: Queue) -> AsyncIterator[Writer]:
    async with Writer(store, Publisher(store, queue)) as writer:
        yield writer


async def find(writer: Writer, caller: Caller, second: float, *names: str) -> None:
    """An answer in which these names come up."""
    found = [DomainName(name=name) for name in names]
    await writer.write(caller.org, [answer(found[0], second, *found)])


async def event(opened: ClientConnection, field: str = "entityFound") -> dict[str, Any]:
    told: dict[str, Any] = (await said(opened))["payload"]["data"][field]
    return told


async def settle(opened: ClientConnection) -> None:
    """Wait until the server has dealt with what was sent before."""
    await opened.send('{"type": "ping"}')
    assert (await said(opened))["type"] == "pong"
    await asyncio.sleep(0.1)


async def test_found_entities_arrive_and_can_be_resumed(
    address: str, caller: Caller, store: Store, queue: Queue
) -> None:
    async with writing(store, queue) as writer, greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOUND))
        await settle(opened)
        await find(writer, caller, 1, "one.example")
        first = await event(opened)
        assert first["entity"] == {"key": "one.example", "kind": "DomainName"}
        assert first["change"] == "CREATED"
        await find(writer, caller, 2, "two.example", "three.example")
        rest = [await event(opened), await event(opened)]
        assert {each["entity"]["key"] for each in rest} == {"two.example", "three.example"}
        async with greeted(address, caller) as other:
            await other.send(subscribe("1", FOUND, after=first["cursor"]))
            assert [await event(other), await event(other)] == rest
            await find(writer, caller, 3, "four.example")
            assert await event(other) == await event(opened)
        async with greeted(address, caller) as other:
            await other.send(subscribe("1", FOUND, after=rest[0]["cursor"]))
            assert (await event(other))["cursor"] == rest[1]["cursor"]


async def test_only_what_was_asked_for_and_only_ones_own(
    address: str, make_caller: MakeCaller, store: Store, queue: Queue
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    async with writing(store, queue) as writer, greeted(address, mine) as opened:
        await opened.send(subscribe("1", FOUND, kinds=["IPAddress"]))
        await settle(opened)
        found = IPAddress(address="192.0.2.1")
        await writer.write(theirs.org, [answer(found, 1, found)])
        await find(writer, mine, 1, "one.example")
        await writer.write(mine.org, [answer(found, 2, found)])
        assert (await event(opened))["entity"] == {"key": "192.0.2.1", "kind": "IPAddress"}
        await find(writer, mine, 3, "two.example")
        await settle(opened)


async def test_confirming_is_not_finding(
    address: str, caller: Caller, store: Store, queue: Queue
) -> None:
    name = DomainName(name="back.example")
    async with writing(store, queue) as writer, greeted(address, caller) as opened:
        await writer.write(caller.org, [answer(name, 1, name)])
        await opened.send(subscribe("1", FOUND))
        await settle(opened)
        await writer.write(caller.org, [answer(name, 2, name, nonce="again")])
        await writer.write(caller.org, [answer(name, 3, outcome=Outcome.ABSENT, nonce="gone")])
        await writer.write(caller.org, [answer(name, 4, name, nonce="back")])
        told = await event(opened)
        assert (told["change"], told["entity"]["key"]) == ("REAPPEARED", "back.example")


async def test_the_same_question_is_answered_once(
    address: str, caller: Caller, store: Store, queue: Queue, app: Starlette
) -> None:
    hub = app.state.services.hub
    async with (
        writing(store, queue) as writer,
        greeted(address, caller) as one,
        greeted(address, caller) as two,
        greeted(address, caller) as three,
    ):
        await one.send(subscribe("a", FOUND))
        await two.send(subscribe("b", FOUND))
        await three.send(subscribe("c", FOUND, kinds=["IPAddress"]))
        for each in (one, two, three):
            await settle(each)
        mine = [c for c, _ in hub._channels.values() if c.context.org == caller.org]
        assert sorted(len(each.followers) for each in mine) == [1, 2]
        before = store.statements
        await find(writer, caller, 1, "one.example")
        assert await event(one) == await event(two)
        assert store.statements - before <= 3  # the write, its forgetting, one read for both
    await asyncio.sleep(0.2)
    assert [c for c, _ in hub._channels.values() if c.context.org == caller.org] == []


async def test_a_slow_reader_is_let_go_and_delays_nobody(
    address: str,
    caller: Caller,
    store: Store,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower.Budget.__init__, "__defaults__", (50_000, 0, lambda: None))
    wide = (
        "subscription { entityFound { entity { "
        + " ".join(f"a{i}: key" for i in range(40))
        + " } } }"
    )
    async with writing(store, queue) as writer, greeted(address, caller) as fast:  # noqa: SIM117
        async with greeted(address, caller, max_queue=1) as slow:
            slow.transport.get_extra_info("socket").setsockopt(1, 8, 2_048)
            await slow.send(subscribe("1", wide))
            await fast.send(subscribe("1", FOUND))
            await settle(fast)
            slow.transport.pause_reading()
            names = 0
            for second in range(60):
                await find(writer, caller, second, *(f"n{second}-{i}.example" for i in range(20)))
                for _ in range(20):
                    assert (await event(fast))["change"] == "CREATED"
                    names += 1
            assert names == 1_200
            slow.transport.resume_reading()
            assert await closed(slow) in (1013, 1006)


async def test_a_run_is_followed_from_where_it_stands_to_its_end(
    address: str, caller: Caller, store: Store, queue: Queue
) -> None:
    started = await caller.ask(
        'mutation { startScan(input: {seeds: ["a.example"]}) { run { id } errors { message } } }'
    )
    run = started["startScan"]["run"]["id"]
    query = "subscription R($id: ID!) { runProgressed(id: $id) { change run { state reached } } }"
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", query, id=run))
        first = await event(opened, "runProgressed")
        assert first == {"change": "CURRENT", "run": {"state": "ACCEPTED", "reached": 0}}
        await store.execute(
            "MATCH (r:Run {id: $id}) SET r.state = 'RUNNING', r.reached = 3", {"id": run}
        )
        publisher = Publisher(store, queue)
        await publisher.tell(caller.org, EventGroup("run.progressed", "Run", (run,), run))
        second = await event(opened, "runProgressed")
        assert second == {"change": "PROGRESSED", "run": {"state": "RUNNING", "reached": 3}}
        cancelled = await caller.ask(
            "mutation C($id: ID!) { cancelRun(id: $id) { run { state } errors { code } } }", id=run
        )
        assert cancelled["cancelRun"] == {"run": {"state": "CANCELLED"}, "errors": []}
        assert (await event(opened, "runProgressed"))["change"] == "CANCELLED"
        assert await said(opened) == {"id": "1", "type": "complete"}
        await opened.send(subscribe("2", query, id=run))
        assert (await event(opened, "runProgressed"))["run"]["state"] == "CANCELLED"
        assert await said(opened) == {"id": "2", "type": "complete"}


async def test_findings_by_severity(
    address: str, caller: Caller, store: Store, queue: Queue
) -> None:
    async with writing(store, queue) as writer:
        await find(writer, caller, 1, "one.example")
    subject = DomainName(name="one.example").id_in(caller.org)
    for name, severity in (("low", "LOW"), ("high", "HIGH")):
        await make_finding(store, caller, f"{caller.org}-{name}", severity, subject)
    query = """subscription { findingChanged(severities: [HIGH]) {
      change finding { severity title subject { key } details } } }"""
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", query))
        await settle(opened)
        ids = tuple(f"{caller.org}-{name}" for name in ("low", "high", "unknown"))
        await Publisher(store, queue).tell(caller.org, EventGroup("finding.opened", "Finding", ids))
        assert await event(opened, "findingChanged") == {
            "change": "OPENED",
            "finding": {
                "severity": "HIGH",
                "title": "Something",
                "subject": {"key": "one.example"},
                "details": {"port": 1},
            },
        }
        await settle(opened)


async def make_finding(
    store: Store, caller: Caller, name: str, severity: str, subject: str
) -> None:
    await store.execute(
        """MATCH (n:Entity {id: $subject})
           CREATE (f:Finding {id: $id, org: $org, rule: 'test.rule', severity: $severity, title: 'Something',
             state: 'OPEN', fingerprint: $id, subject: $subject, score: 0.5, confidence: 0.9, evidence: [$subject],
             evidence_relationships: [], details: '{"port": 1}', opened_at: datetime('2026-01-01T00:00:00Z'),
             first_opened_at: datetime('2026-01-01T00:00:00Z'), changed_at: datetime('2026-01-01T00:00:00Z')})
           CREATE (f)-[:ABOUT]->(n)""",
        {"id": name, "org": caller.org, "severity": severity, "subject": subject},
    )


async def test_events_over_http(address: str, caller: Caller, store: Store, queue: Queue) -> None:
    headers = {**caller.headers, "Accept": "text/event-stream"}
    async with writing(store, queue) as writer, httpx.AsyncClient() as client:
        async with client.stream(
            "POST", f"http://{address}/graphql", json={"query": FOUND}, headers=headers
        ) as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            lines = response.aiter_lines()
            assert await anext(lines) == ": following"
            await find(writer, caller, 1, "one.example")
            got = [await anext(lines) for _ in range(3)]
            assert got[:2] == ["", "event: next"]
            data = json.loads(got[2].removeprefix("data: "))["data"]["entityFound"]
            assert data["entity"]["key"] == "one.example"
        single = await client.post(
            f"http://{address}/graphql", json={"query": "{ me { role } }"}, headers=headers
        )
        assert single.text == (
            'event: next\ndata: {"data":{"me":{"role":"OWNER"}},'
            '"extensions":{"cost":{"asked":2,"most":100000,"points":1}}}\n\nevent: complete\ndata:\n\n'
        )
        refused = await client.post(
            f"http://{address}/graphql", json={"query": FOUND}, headers=caller.headers
        )
        assert (refused.status_code, refused.json()["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_cursor_that_is_none_or_too_old(address: str, caller: Caller, queue: Queue) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOUND, after="nonsense"))
        codes = [each["extensions"]["code"] for each in (await said(opened))["payload"]]
        assert codes == ["INVALID_QUESTION"]
        await queue.xadd(STREAM, {"e": b"[]"})
        await opened.send(subscribe("1", FOUND, after="1-1-1"))
        codes = [each["extensions"]["code"] for each in (await said(opened))["payload"]]
        assert codes == ["CONFLICT"]


async def test_reading_the_stream(queue: Queue) -> None:
    start = await stream.latest(queue)
    groups = [
        {"type": "a", "org": "o", "at": "2026-01-01T00:00:00.000Z", "run": "", "kind": "K",
         "ids": ["1", "2"], "data": {"x": 1}},
        {"type": "b", "org": "o", "at": "2026-01-01T00:00:00.000Z", "run": "r", "kind": "K",
         "ids": ["3"], "data": {}},
    ]  # fmt: skip
    entry = (await queue.xadd(STREAM, {"e": orjson.dumps(groups)})).decode()
    events, place = await stream.following(queue, start)
    mine: list[Event] = [each for each in events if each.org == "o"]
    assert {(e.type, e.id) for e in mine} == {("a", "1"), ("a", "2"), ("b", "3")}
    numbers = [e.place.number for e in mine]
    assert numbers == sorted(numbers)
    assert max(numbers) > 1_000, "a number says nothing of how many events there are"
    assert place >= Place.behind_entry(entry)
    again = [
        each
        async for some in stream.between(queue, mine[0].place, place)
        for each in some
        if each.org == "o"
    ]
    assert again == mine[1:]
    assert Place.of_cursor(mine[2].place.cursor) == mine[2].place


async def test_a_flood_interrupts_instead_of_losing(
    address: str, caller: Caller, app: Starlette
) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", FOUND))
        await settle(opened)
        hub = app.state.services.hub
        [mine] = [c for c, _ in hub._channels.values() if c.context.org == caller.org]
        at = await stream.latest(app.state.services.queue)
        flood = Event(
            at, "entity.created", caller.org, app.state.services.now(), "", "DomainName", "x"
        )
        for _ in range(channel.MOST_WAITING + 1):
            mine.offer([flood])
        assert await closed(opened) == 1013
