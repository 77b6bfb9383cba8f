"""The protocol graphql-transport-ws: every frame is answered, and what breaks the protocol closes with its code."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from server.web import socket
from tests.api.conftest import Caller

PROTOCOL = "graphql-transport-ws"
Subprotocols = Any


@asynccontextmanager
async def connected(
    address: str, subprotocols: Subprotocols = (PROTOCOL,), **options: Any
) -> AsyncIterator[ClientConnection]:
    async with websockets.connect(
        f"ws://{address}/graphql", subprotocols=subprotocols, **options
    ) as opened:
        yield opened


def init(caller: Caller) -> str:
    return json.dumps(
        {"type": "connection_init", "payload": {"Authorization": f"Bearer {caller.key}"}}
    )


@asynccontextmanager
async def greeted(address: str, caller: Caller, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connected(address, **options) as opened:
        await opened.send(init(caller))
        assert json.loads(await opened.recv()) == {"type": "connection_ack"}
        yield opened


def subscribe(name: str, query: str, **variables: Any) -> str:
    payload = {"query": query, "variables": variables}
    return json.dumps({"type": "subscribe", "id": name, "payload": payload})


async def said(opened: ClientConnection) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await asyncio.wait_for(opened.recv(), 5))
    return answer


async def closed(opened: ClientConnection) -> int:
    """The code with which the server ends the connection, whatever it says before."""
    try:
        while True:
            await asyncio.wait_for(opened.recv(), 10)
    except websockets.ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


@pytest.mark.parametrize(
    "frame",
    [
        "[]", "1", "null", '"x"', "true", "{", "", '{"type": 1}', '{"type": null}', "{}",
        '{"type": "nope"}', '{"type": "complete", "id": "1"}', b"\x00\x01", '{"type": ["ping"]}',
        '{"type": "connection_init", "payload": "x"}', '{"type": "connection_init", "payload": []}',
        '{"type": "connection_init", "payload": {"Authorization": {}}}', "[" * 5_000,
    ],
)  # fmt: skip
async def test_a_frame_that_is_no_greeting_closes_4400(address: str, frame: str | bytes) -> None:
    async with connected(address) as opened:
        await opened.send(frame)
        assert await closed(opened) == socket.BAD_REQUEST


@pytest.mark.parametrize(
    "frame",
    [
        "[]", "1", "null", "{", '{"type": "nope"}', b"{}",
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{ me { email } }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ me { email } }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ me { email } }", "variables": "{}"}}',
        '{"type": "complete"}', '{"type": "complete", "id": []}', '{"type": "ping", "payload": 1}',
    ],
)  # fmt: skip
async def test_a_broken_frame_closes_4400(address: str, caller: Caller, frame: str | bytes) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(frame)
        assert await closed(opened) == socket.BAD_REQUEST


async def test_codes_of_the_greeting(address: str, caller: Caller) -> None:
    async with connected(address) as opened:
        await opened.send(subscribe("1", "{ me { email } }"))
        assert await closed(opened) == socket.UNAUTHORIZED
    for payload in (None, {}, {"Authorization": "Bearer mk_wrong"}):
        async with connected(address) as opened:
            await opened.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert await closed(opened) == socket.FORBIDDEN
    async with greeted(address, caller) as opened:
        await opened.send(init(caller))
        assert await closed(opened) == socket.TOO_MANY
    async with connected(address, None) as opened:
        assert await closed(opened) == socket.NO_PROTOCOL


async def test_the_key_may_come_with_the_request(address: str, caller: Caller) -> None:
    async with connected(address, additional_headers=caller.headers) as opened:
        await opened.send('{"type": "connection_init"}')
        assert await said(opened) == {"type": "connection_ack"}


async def test_a_silent_socket_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_WITHIN_S", 0.2)
    async with connected(address) as opened:
        assert await closed(opened) == socket.TIMEOUT


async def test_a_page_of_another_site_cannot_connect(address: str) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with connected(address, origin="http://evil.example"):
            pass


async def test_operations_of_every_sort(address: str, caller: Caller) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("a", "{ me { email } }"))
        cost = {"asked": 2, "most": 100_000, "points": 1}
        expected = {"data": {"me": {"email": caller.email}}, "extensions": {"cost": cost}}
        assert await said(opened) == {"id": "a", "type": "next", "payload": expected}
        assert await said(opened) == {"id": "a", "type": "complete"}
        await opened.send(subscribe("a", "{ nope }"))
        refused = await said(opened)
        assert (refused["id"], refused["type"], len(refused["payload"])) == ("a", "error", 1)
        await opened.send(subscribe("a", 'mutation { cancelRun(id: "x") { errors { code } } }'))
        changed = (await said(opened))["payload"]
        assert changed["data"] == {"cancelRun": {"errors": [{"code": "NOT_FOUND"}]}}
        assert (await said(opened))["type"] == "complete"
        await opened.send('{"type": "ping", "payload": {"a": 1}}')
        assert await said(opened) == {"type": "pong", "payload": {"a": 1}}
        await opened.send('{"type": "pong"}')
        await opened.send(subscribe("run", 'subscription { runProgressed(id: "x") { cursor } }'))
        unknown = await said(opened)
        assert [each["extensions"]["code"] for each in unknown["payload"]] == ["NOT_FOUND"]


async def test_an_id_is_used_once_at_a_time(address: str, caller: Caller) -> None:
    follow = subscribe("1", "subscription { entityFound { cursor } }")
    async with greeted(address, caller) as opened:
        await opened.send(follow)
        await opened.send('{"type": "complete", "id": "1"}')
        await opened.send(follow)
        await opened.send('{"type": "ping"}')
        assert await said(opened) == {"type": "pong"}
        await opened.send(follow)
        assert await closed(opened) == socket.ID_IN_USE


async def test_limits_hold_over_sockets(address: str, caller: Caller) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", "{ " + "me { email } " * 31 + "}"))
        refused = await said(opened)
        assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    async with greeted(address, caller, max_size=None) as opened:
        await opened.send(subscribe("1", "#" + "x" * socket.MOST_FRAME + "\n{ me { email } }"))
        assert await closed(opened) == 1009
    async with greeted(address, caller) as opened:
        for number in range(socket.MOST_OPERATIONS + 1):
            await opened.send(subscribe(str(number), "subscription { entityFound { cursor } }"))
        assert await closed(opened) == socket.BAD_REQUEST


async def test_random_frames_never_break_it(address: str, caller: Caller) -> None:
    seed = random.randrange(2**32)
    choose = random.Random(seed)
    pieces: list[Any] = [
        None, 1, -1.5, "", "x", [], {}, True, "subscribe", "connection_init", "complete", "ping",
        {"query": "{ me { email } }"}, {"query": "{"}, {"a": [{}]}, "\u0000", "\ud83d\ude00",
    ]  # fmt: skip
    codes = set()
    for _ in range(150):
        async with greeted(address, caller) as opened:
            names = choose.sample(["type", "id", "payload", "x"], choose.randint(1, 4))
            await opened.send(json.dumps({name: choose.choice(pieces) for name in names}))
            await opened.send("end")
            codes.add(await closed(opened))
    assert codes <= {socket.BAD_REQUEST, socket.TOO_MANY}, f"seed {seed}"


async def test_a_revoked_key_ends_the_connection(
    address: str, caller: Caller, store: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "CHECK_EVERY_S", 0.1)
    async with greeted(address, caller) as opened:
        await store.execute(
            "MATCH (k:ApiKey {org: $org}) SET k.revoked_at = datetime()", {"org": caller.org}
        )
        app.state.services.gate._known.clear()  # what time would do
        assert await closed(opened) == socket.FORBIDDEN
