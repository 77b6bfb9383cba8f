"""Many at once, and those who hold on to what they do not use: each limit tells, and lets go again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from graph.store import Store
from server.jobs.queue import Queue
from server.web import protocols, socket
from server.web.app import create_app
from server.web.door import Door
from server.web.headers import SECURITY
from tests.api.conftest import Caller, MakeCaller, served
from tests.api.test_sockets import PROTOCOL, closed, connected, greeted, init, said, subscribe
from tests.support.keys import keyring
from tests.support.wire import PING, TEXT, Wire, close_code, frame, handshake, socket_to

FOLLOW = "subscription { entityFound { cursor } }"
EVENTS = {"Accept": "text/event-stream"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow(store: Store, queue: Queue) -> AsyncIterator[Starlette]:
    """The application with room for two sockets and two subscriptions of a user."""
    made = create_app(store, queue, keyring(), Door(sockets_per_user=2, subscriptions_per_user=2))
    async with made.router.lifespan_context(made):
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrow_address(narrow: Starlette) -> AsyncIterator[str]:
    async with served(narrow) as found:
        yield found


def problem_in(received: bytes | bytearray) -> tuple[int, str]:
    """The status and code of a refusal on the wire, which has every header that an answer has."""
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert {
        name.lower(): value.lower() for name, value in SECURITY.items()
    }.items() <= headers.items()
    assert headers["cache-control"] == "no-store"
    assert headers["connection"] == "close"
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["content-length"]) == len(body)
    return int(status.split()[1]), json.loads(body)["code"]


# connections


async def test_no_more_connections_than_are_taken(app: Starlette, caller: Caller) -> None:
    async with served(app, connections=3) as address:
        silent = await Wire.to(address)
        async with greeted(address, caller), httpx.AsyncClient() as client:
            assert (await client.get(f"http://{address}/healthz")).status_code == 200
            fourth = await Wire.to(address)
            await fourth.until()
            assert problem_in(fourth.received) == (503, "TOO_MANY_CONNECTIONS")
            assert b"retry-after: 2\r\n" in fourth.received.lower()
            silent.abort()
            await asyncio.sleep(0.05)
            async with greeted(address, caller):  # the place is free again, for a socket as well
                pass


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"HELLO\r\n\r\n", 400, "INVALID_REQUEST"),
        (b"GET /gr\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "INVALID_REQUEST"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * protocols.MOST_HEAD_BYTES, 431, "HEAD_TOO_LARGE"),
        (handshake("localhost", f"X: {'a' * 9_000}\r\n"), 400, "INVALID_REQUEST"),
        (handshake("localhost", "Content-Length: 1\r\n") + b"x", 400, "INVALID_REQUEST"),
        (handshake("evil.example"), 421, "MISDIRECTED"),
        (handshake("localhost", "Origin: http://evil.example\r\n"), 403, "FORBIDDEN_ORIGIN"),
        (handshake("localhost").replace(b"/graphql", b"/nope"), 404, "NOT_FOUND"),
    ],
    ids=["no HTTP", "no address", "large", "unread", "body", "host", "origin", "path"],
)
async def test_what_is_refused_on_the_wire_is_a_problem_document(
    address: str, head: bytes, status: int, code: str
) -> None:
    wire = await Wire.to(address)
    wire.send(head)
    await wire.until()
    assert problem_in(wire.received) == (status, code)


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: +4",
        "Content-Length: 4, 4",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
    ],
)
async def test_a_body_of_two_lengths_hides_no_request(address: str, lengths: str) -> None:
    wire = await Wire.to(address)
    hidden = f"GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n"
    head = f"POST /graphql HTTP/1.1\r\nHost: {address}\r\n{lengths}\r\n\r\n"
    wire.send(f"{head}0\r\n\r\n{hidden}".encode())
    await wire.until()
    assert wire.received.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nHTTP/1.1" not in wire.received
    assert b"live" not in wire.received


# sockets and subscriptions of a user


async def test_a_user_has_so_many_sockets(
    narrow_address: str, caller: Caller, make_caller: MakeCaller
) -> None:
    async with greeted(narrow_address, caller):
        async with greeted(narrow_address, caller):
            async with connected(narrow_address) as third:
                await third.send(init(caller))
                assert await closed(third) == socket.TOO_MANY
                assert "2 WebSockets" in str(third.close_reason)
            async with greeted(narrow_address, await make_caller()):
                pass
        await asyncio.sleep(0.05)
        async with greeted(narrow_address, caller):
            pass


async def test_a_user_follows_so_much_over_all_connections(
    narrow: Starlette, narrow_address: str, caller: Caller, make_caller: MakeCaller
) -> None:
    async with following(narrow_address, caller) as first:
        assert first.status_code == 200
        async with greeted(narrow_address, caller) as opened:
            await opened.send(subscribe("1", FOLLOW))
            await opened.send(subscribe("2", FOLLOW))
            refused = await said(opened)
            assert (refused["id"], refused["type"]) == ("2", "error")
            assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_OPEN"
            async with following(narrow_address, caller) as third:
                assert third.status_code == 429
                assert b"TOO_MANY_OPEN" in await third.aread()
            async with following(narrow_address, await make_caller()) as other:
                assert other.status_code == 200
            await opened.send('{"type": "complete", "id": "1"}')
            await opened.send(subscribe("3", FOLLOW))
            await opened.send('{"type": "ping"}')
            assert (await said(opened))["type"] == "pong"
    await nothing_is_held(narrow)


@asynccontextmanager
async def following(address: str, caller: Caller) -> AsyncIterator[httpx.Response]:
    """The answer to a subscription by server-sent events, once its head is there."""
    async with (
        httpx.AsyncClient(headers={**caller.headers, **EVENTS}) as client,
        client.stream("POST", f"http://{address}/graphql", json={"query": FOLLOW}) as response,
    ):
        yield response


async def nothing_is_held(app: Starlette) -> None:
    services = app.state.services
    async with asyncio.timeout(5):
        while services.sockets._taken or services.subscriptions._taken or services.hub.followers:  # noqa: ASYNC110 - they count, they do not tell
            await asyncio.sleep(0.01)


async def test_a_stream_whose_client_has_gone_before_it_begins_is_let_go(
    narrow: Starlette, caller: Caller
) -> None:
    messages = iter([{"type": "http.request", "body": json.dumps({"query": FOLLOW}).encode()}])

    async def receive() -> Any:
        return next(messages, {"type": "http.disconnect"})

    async def send(_: Any) -> None:
        pass

    headers = {**caller.headers, **EVENTS, "Host": "localhost", "Content-Type": "application/json"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await narrow(scope, receive, send)
    await nothing_is_held(narrow)


# who says nothing, and who says too much


async def test_a_socket_that_asks_nothing_is_closed_in_the_end(
    address: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "IDLE_S", 0.3)
    async with greeted(address, caller) as idle, greeted(address, caller) as follower:
        await follower.send(subscribe("1", FOLLOW))
        for _ in range(3):
            await asyncio.sleep(0.2)
            await idle.send('{"type": "ping"}')
            assert (await said(idle))["type"] == "pong"
        assert await closed(idle) == socket.TIMEOUT
        await follower.send('{"type": "ping"}')
        assert (await said(follower))["type"] == "pong"
        await follower.send('{"type": "complete", "id": "1"}')
        assert await closed(follower) == socket.TIMEOUT


async def test_a_reason_is_cut_to_what_a_frame_takes(address: str, caller: Caller) -> None:
    async with greeted(address, caller) as opened:
        for _ in range(2):
            await opened.send(subscribe("\U0001f4a5" * socket.LONGEST_ID, FOLLOW))
        assert await closed(opened) == socket.ID_IN_USE
        assert "\U0001f4a5" in str(opened.close_reason)


async def test_a_ping_that_is_too_deep_to_be_given_back_closes_4400(
    address: str, caller: Caller
) -> None:
    payload = '{"a":' * 900 + "1" + "}" * 900
    async with greeted(address, caller) as opened:
        await opened.send(f'{{"type": "ping", "payload": {payload}}}')
        assert await closed(opened) == socket.BAD_REQUEST


@pytest.mark.parametrize(
    ("fragments", "code"), [(protocols.MOST_FRAGMENTS - 1, 4400), (protocols.MOST_FRAGMENTS, 1009)]
)
async def test_a_message_has_so_many_fragments(address: str, fragments: int, code: int) -> None:
    wire = await socket_to(address)
    wire.send(frame(TEXT, first=0) + frame(0, first=0) * (fragments - 1) + frame(0, b"x"))
    await wire.until_closed()
    assert close_code(bytes(wire.received)) == code


async def test_frames_are_pings_of_either_sort(address: str, caller: Caller) -> None:
    async with greeted(address, caller, subprotocols=(PROTOCOL, "other")) as opened:
        assert await asyncio.wait_for(await opened.ping(), 5) >= 0
    wire = await socket_to(address)
    wire.send(frame(PING, b"before the greeting"))
    await wire.until(b"before the greeting")
    wire.abort()
