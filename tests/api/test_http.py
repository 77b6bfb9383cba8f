"""GraphQL over HTTP: media types, status codes, and what is refused before GraphQL."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from server.web import body
from tests.api.conftest import Caller

ME = "{ me { email } }"
GRAPHQL = "application/graphql-response+json"


async def send(caller: Caller, content: bytes, **headers: str) -> httpx.Response:
    given = {**caller.headers, "Content-Type": "application/json", **headers}
    return await caller.client.post("/graphql", content=content, headers=given)


async def test_an_answer_is_json_and_never_kept(caller: Caller) -> None:
    response = await caller.post(ME)
    assert (response.status_code, response.json()) == (
        200,
        {
            "data": {"me": {"email": caller.email}},
            "extensions": {"cost": {"asked": 2, "most": 100_000, "points": 1}},
        },
    )
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, application/json; charset=utf-8", GRAPHQL),
        (f"application/json;q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        ("text/html, */*;q=0.1", "application/json"),
    ],
)
async def test_the_answer_has_the_accepted_media_type(
    caller: Caller, accept: str, expected: str
) -> None:
    response = await send(caller, json.dumps({"query": ME}).encode(), Accept=accept)
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


async def test_no_accepted_media_type_is_406(caller: Caller) -> None:
    response = await send(caller, json.dumps({"query": ME}).encode(), Accept="text/html")
    assert (response.status_code, response.json()["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_get_may_ask_and_not_change(caller: Caller) -> None:
    asked = await caller.client.get(
        "/graphql",
        params={"query": "query A($i: ID!) { run(id: $i) { id } }", "variables": '{"i": "x"}'},
        headers=caller.headers,
    )
    assert (asked.status_code, asked.json()["data"]) == (200, {"run": None})
    changed = await caller.client.get(
        "/graphql",
        params={"query": 'mutation { cancelRun(id: "x") { errors { code } } }'},
        headers=caller.headers,
    )
    assert (changed.status_code, changed.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert changed.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nope }", {}),
        ("query A { me { email } } query B { me { email } }", {}),
        ("query A($i: ID!) { run(id: $i) { id } }", {}),
        ("query A($i: ID!) { run(id: $i) { id } }", {"i": {}}),
        ("fragment A on Query { me { email } }", {}),
    ],
    ids=[
        "syntax",
        "unknown field",
        "no name",
        "missing variable",
        "wrong variable",
        "no operation",
    ],
)
async def test_what_graphql_refuses_has_no_data(
    caller: Caller, query: str, variables: dict[str, Any]
) -> None:
    content = json.dumps({"query": query, "variables": variables}).encode()
    for accept, status in (("application/json", 200), (GRAPHQL, 400)):
        response = await send(caller, content, Accept=accept)
        assert response.status_code == status
        answer = response.json()
        assert "data" not in answer
        assert len(answer["errors"]) == 1
        code = answer["errors"][0]["extensions"]["code"]
        assert code in ("GRAPHQL_VALIDATION_FAILED", "INVALID_QUESTION")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b'[{"query": "{ me { email } }"}]',
        b"{}",
        b'{"query": null}',
        b'{"query": 1}',
        b'{"query": {}}',
        b'{"query": ""}',
        b'{"query": "{ me { email } }", "variables": []}',
        b'{"query": "{ me { email } }", "variables": "x"}',
        b'{"query": "{ me { email } }", "operationName": 1}',
        b'{"query": "{ me { email } }", "extensions": 1}',
        b'{"query": "\xff"}',
        b"\xff\xfe{\x00",
        b'{"query": "{ me { email } }", "variables": {"a": 1e400}}',
        b'{"a":' * 5_000,
    ],
)
async def test_a_malformed_body_is_400_and_never_500(caller: Caller, content: bytes) -> None:
    response = await send(caller, content)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY")
    assert response.headers["content-type"] == "application/problem+json"


async def test_members_may_be_null(caller: Caller) -> None:
    content = {"query": ME, "variables": None, "operationName": None, "extensions": None}
    assert (await send(caller, json.dumps(content).encode())).status_code == 200


@pytest.mark.parametrize(
    "sent",
    ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"],
)
async def test_another_content_type_is_415(caller: Caller, sent: str) -> None:
    response = await send(caller, json.dumps({"query": ME}).encode(), **{"Content-Type": sent})
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    if "charset" not in sent:
        assert response.headers["accept"] == "application/json, multipart/form-data"


async def test_a_large_body_is_refused_before_it_is_read(address: str, caller: Caller) -> None:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {caller.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {body.MOST_BYTES + 1}\r\n\r\n"
    )
    writer.write(head.encode())
    await writer.drain()
    status = await asyncio.wait_for(reader.readline(), 2)
    assert status.split()[1] == b"413"
    writer.close()


async def test_a_body_that_hides_its_size_is_cut(caller: Caller) -> None:
    async def chunks() -> Any:
        for _ in range(30):
            yield b" " * 100_000

    response = await caller.client.post(
        "/graphql",
        content=chunks(),
        headers={**caller.headers, "Content-Type": "application/json"},
    )
    assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_another_host_or_origin_is_refused(caller: Caller) -> None:
    content = json.dumps({"query": ME}).encode()
    rebound = await send(caller, content, Host="evil.example")
    assert (rebound.status_code, rebound.json()["code"]) == (421, "MISDIRECTED")
    crossed = await send(caller, content, Origin="http://evil.example")
    assert (crossed.status_code, crossed.json()["code"]) == (403, "FORBIDDEN_ORIGIN")
    own = await send(caller, content, Origin="http://localhost")
    assert own.status_code == 200
    assert "access-control-allow-origin" not in own.headers


async def test_unknown_paths_and_methods(caller: Caller) -> None:
    assert (await caller.client.get("/nope")).status_code == 404
    put = await caller.client.put("/graphql")
    assert put.status_code == 405
    assert set(put.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert (await caller.client.options("/graphql")).status_code == 405


async def test_a_correlation_id_goes_through(caller: Caller) -> None:
    content = json.dumps({"query": "{ nope }"}).encode()
    given = "trace-0123456789"
    response = await send(caller, content, **{"X-Correlation-Id": given})
    assert response.headers["x-correlation-id"] == given
    assert response.json()["errors"][0]["extensions"]["correlationId"] == given
    made = await send(caller, content, **{"X-Correlation-Id": "no good\x07"})
    assert len(made.headers["x-correlation-id"]) == 32


async def test_health_readiness_and_metrics(caller: Caller) -> None:
    assert (await caller.client.get("/healthz")).json() == {"status": "live"}
    ready = await caller.client.get("/readyz")
    assert ready.json() == {"status": "ready", "neo4j": True, "redis": True}
    await caller.post(ME)
    counted = (await caller.client.get("/metrics")).text
    assert 'mirage_graphql_requests_total{kind="query",outcome="ok",way="resolved"}' in counted
    assert caller.org not in counted


async def test_the_explorer_is_served_from_here(caller: Caller) -> None:
    page = await caller.client.get("/graphiql", follow_redirects=True)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    script = page.text.split('src="./')[1].split('"')[0]
    found = await caller.client.get(f"/graphiql/{script}")
    assert (found.status_code, "immutable" in found.headers["cache-control"]) == (200, True)
    assert (await caller.client.get("/graphiql/../secret")).status_code == 404
    assert (await caller.client.get("/graphiql/nope.js")).status_code == 404
