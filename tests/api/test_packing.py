"""Answers are packed where they are large and the client takes it; never a stream, never where cookies are."""

from __future__ import annotations

import asyncio
import gzip
import json

import httpx
import pytest

from server.web.packing import LEAST_BYTES
from tests.api.conftest import Caller

LARGE = "{ __schema { types { name description fields { name description } } } }"
SMALL = "{ me { email } }"


async def raw(
    caller: Caller, query: str, accepts: str | None, **headers: str
) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it came over the wire."""
    given = {**caller.headers, "Accept-Encoding": accepts, **headers}
    request = caller.client.build_request(
        "POST",
        "/graphql",
        json={"query": query},
        headers={name: value for name, value in given.items() if value is not None},
    )
    if accepts is None:
        del request.headers["accept-encoding"]
    response = await caller.client.send(request, stream=True)
    body = b"".join([piece async for piece in response.aiter_raw()])
    return response, body


@pytest.mark.parametrize("accepts", ["gzip", "br, GZIP;q=0.5", "gzip, deflate, br, zstd"])
async def test_a_large_answer_is_packed(caller: Caller, accepts: str) -> None:
    plain, content = await raw(caller, LARGE, None)
    assert "content-encoding" not in plain.headers
    assert len(content) > LEAST_BYTES
    response, packed = await raw(caller, LARGE, accepts)
    assert response.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["vary"]
    assert response.headers["content-length"] == str(len(packed))
    assert len(packed) < len(content) / 4
    assert gzip.decompress(packed) == content


@pytest.mark.parametrize(
    ("query", "accepts", "headers"),
    [
        (SMALL, "gzip", {}),
        (LARGE, None, {}),
        (LARGE, "br", {}),
        (LARGE, "identity", {}),
        (LARGE, "gzip;q=0", {}),
        (LARGE, "deflate, gzip; q=0.000", {}),
        (LARGE, "gzip", {"Cookie": "session=secret"}),
        (LARGE, "gzip", {"Accept": "text/event-stream"}),
    ],
    ids=["small", "silent", "br", "identity", "refused", "refused at length", "cookie", "event"],
)
async def test_anything_else_is_not(
    caller: Caller, query: str, accepts: str | None, headers: dict[str, str]
) -> None:
    response, body = await raw(caller, query, accepts, **headers)
    assert response.status_code == 200
    assert "content-encoding" not in response.headers
    assert b'"data"' in body


async def test_built_pages_are_packed_and_kept_by_either_form(caller: Caller) -> None:
    page = await caller.client.get("/graphiql/")
    script = "/graphiql/" + page.text.split('src="./')[1].split('"')[0]
    for accepts, coding in (("gzip", "gzip"), ("identity", None)):
        response = await caller.client.get(script, headers={"Accept-Encoding": accepts})
        assert response.headers.get("content-encoding") == coding
        assert "Accept-Encoding" in response.headers["vary"]
        assert "public" in response.headers["cache-control"]


async def test_a_refusal_within_graphql_is_small_enough(caller: Caller) -> None:
    response, body = await raw(caller, "{ nope }", "gzip")
    assert "content-encoding" not in response.headers
    assert json.loads(body)["errors"]


async def test_events_come_one_by_one(address: str, caller: Caller) -> None:
    headers = {**caller.headers, "Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    body = {"query": "subscription { entityFound { cursor } }"}
    url = f"http://{address}/graphql"
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", url, json=body, headers=headers) as response,
        asyncio.timeout(5),
    ):
        assert "content-encoding" not in response.headers
        assert await anext(response.aiter_raw()) == b": following\n\n"
