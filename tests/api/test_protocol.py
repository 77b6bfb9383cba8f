"""GraphQL over HTTP and its sockets, where clients are careless or hostile."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from server.web import protocols
from server.web.negotiation import EVENTS, GRAPHQL, JSON
from tests.api.conftest import Caller
from tests.api.test_sockets import greeted, said, subscribe

ME = "{ me { email } }"

SKIPPED = {
    "directly": "subscription { entityFound @skip(if: true) { cursor } }",
    "included": "subscription { entityFound @include(if: false) { cursor } }",
    "by a variable": "subscription S($s: Boolean!) { entityFound @skip(if: $s) { cursor } }",
    "around it": "subscription { ... @skip(if: true) { entityFound { cursor } } }",
    "a fragment": "subscription { ...F @skip(if: true) } fragment F on Subscription { entityFound { cursor } }",
    "in a fragment": "subscription { ...F } fragment F on Subscription { entityFound @skip(if: true) { cursor } }",
}


@pytest.mark.parametrize("name", SKIPPED)
async def test_a_subscription_whose_field_is_left_out_is_refused(
    address: str, caller: Caller, name: str
) -> None:
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", SKIPPED[name], s=True))
        refused = await said(opened)
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert "cannot be left out" in refused["payload"][0]["message"]
        await opened.send(subscribe("2", ME))
        assert (await said(opened))["type"] == "next"


async def test_below_a_subscription_fields_may_be_left_out(address: str, caller: Caller) -> None:
    query = "subscription S($s: Boolean!) { entityFound { cursor change @skip(if: $s) } }"
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", query, s=True))
        await opened.send('{"type": "ping"}')
        assert (await said(opened))["type"] == "pong"


@pytest.mark.parametrize("cursor", ["99999999999999999999-0-0", "1-99999999999999999999-0"])
async def test_a_cursor_beyond_the_streams_numbers_is_none(
    address: str, caller: Caller, cursor: str
) -> None:
    async with greeted(address, caller) as opened:
        query = f'subscription {{ entityFound(after: "{cursor}") {{ cursor }} }}'
        await opened.send(subscribe("1", query))
        refused = await said(opened)
        assert refused["payload"][0]["extensions"]["code"] == "INVALID_QUESTION"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"X-Long: {'a' * 30_000}\r\n", b"200"),
        (f"X-Long: {'a' * protocols.MOST_HEAD_BYTES}\r\n", b"431"),
        ("".join(f"X-{i}: a\r\n" for i in range(50)), b"200"),
        ("".join(f"X-{i}: a\r\n" for i in range(protocols.MOST_HEADERS)), b"431"),
    ],
    ids=["long", "too long", "many", "too many"],
)
async def test_a_head_in_one_piece_has_a_size(
    address: str, caller: Caller, head: str, status: bytes
) -> None:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"query": ME})
    writer.write(
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {caller.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{head}\r\n{body}".encode()
    )
    line = await asyncio.wait_for(reader.readline(), 5)
    assert line.split()[1] == status
    if status == b"431":
        await asyncio.wait_for(reader.read(), 5)  # to its end: the connection is closed
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        'application/json; charset="utf-8"; x=y',
        "application/json;charset=UTF-8;x=y",
        "Application/JSON ; x=y",
    ],
)
async def test_parameters_of_the_content_type(caller: Caller, sent: str) -> None:
    assert (await _post(caller, **{"Content-Type": sent})).status_code == 200


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{GRAPHQL};q=0, application/*", JSON),
        (f"{JSON};q=0, {GRAPHQL};q=0, */*;q=0.1", EVENTS),
        (f"{EVENTS}, {GRAPHQL};q=0.9", EVENTS),
    ],
)
async def test_what_the_client_refuses_is_not_sent(
    caller: Caller, accept: str, expected: str
) -> None:
    response = await _post(caller, Accept=accept)
    assert response.headers["content-type"].partition(";")[0] == expected


async def test_a_head_request_is_a_get_without_its_body(caller: Caller) -> None:
    params = {"query": ME}
    response = await caller.client.head("/graphql", params=params, headers=caller.headers)
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        f"{JSON}; charset=utf-8",
    )
    params = {"query": 'mutation { cancelRun(id: "x") { errors { code } } }'}
    response = await caller.client.head("/graphql", params=params, headers=caller.headers)
    assert response.status_code == 405


async def _post(caller: Caller, **headers: str) -> httpx.Response:
    given = {**caller.headers, "Content-Type": "application/json", **headers}
    content = json.dumps({"query": ME}).encode()
    return await caller.client.post("/graphql", content=content, headers=given)
