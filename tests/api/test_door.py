"""The door of the API: names, pages of other sites, proxies, and the headers that every answer has."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import websockets
from starlette.applications import Starlette

from graph.store import Store
from server.auth.guesses import KEYS
from server.auth.keys import make_key
from server.jobs.queue import Queue
from server.web.app import create_app
from server.web.door import Door
from tests.api.conftest import Caller, served
from tests.api.test_sockets import connected, init, said
from tests.support.keys import keyring
from tests.support.reception import counting_apart

ME = {"query": "{ me { email } }"}
UI = "https://ui.example"
PROXY, CLIENT = "10.1.2.3", "198.51.100.7"
DOOR = Door(origins=frozenset({UI}), proxies=("10.0.0.0/8",), hsts_s=3_600)
FOREIGN = [
    "https://evil.example",
    "https://ui.example.evil.example",
    "http://ui.example",
    "https://ui.example:8443",
    "https://ui.example/",
    "https://ui.example, https://evil.example",
    "null",
    "http://localhost:1",
    "app://localhost",
    "http://[",
    "*",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(store: Store, queue: Queue) -> AsyncIterator[Starlette]:
    """The application with a listed origin, a trusted proxy, and HTTPS announced."""
    made = create_app(store, queue, keyring(), DOOR, options=counting_apart())
    async with made.router.lifespan_context(made):
        yield made


def client_of(app: Starlette, address: str = CLIENT, scheme: str = "http") -> httpx.AsyncClient:
    """Requests in process that seem to come from that address."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost")


def allowed(response: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k.startswith("access-control-")}


# pages of other sites


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/graphql", 200),
        ("GET", "/graphql", 400),
        ("PUT", "/graphql", 405),
        ("GET", "/nope", 404),
        ("GET", "/healthz", 200),
    ],
)
async def test_a_listed_page_may_read_every_answer(
    opened: Starlette, caller: Caller, method: str, path: str, status: int
) -> None:
    async with client_of(opened) as client:
        body = ME if method == "POST" else None
        headers = {**caller.headers, "Origin": UI}
        response = await client.request(method, path, json=body, headers=headers)
    assert response.status_code == status
    assert allowed(response) == {
        "access-control-allow-origin": UI,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Retry-After, WWW-Authenticate, X-Correlation-Id, X-Mirage-Bookmark",
    }
    assert "Origin" in response.headers["vary"]


async def test_a_listed_page_may_read_why_it_is_not_known(opened: Starlette) -> None:
    async with client_of(opened) as client:
        response = await client.post("/graphql", json=ME, headers={"Origin": UI})
    assert (response.status_code, allowed(response)["access-control-allow-origin"]) == (401, UI)


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
async def test_any_other_page_is_refused_and_may_not_read_it(
    opened: Starlette, caller: Caller, origin: str, method: str
) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with client_of(opened) as client:
        response = await client.request(
            method, "/graphql", params=ME, headers={**caller.headers, **asked}
        )
    assert (response.status_code, response.json()["code"]) == (403, "FORBIDDEN_ORIGIN")
    assert allowed(response) == {}
    assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize("origin", [UI, "http://localhost:1", "null"])
async def test_without_a_list_no_other_page_is_allowed(caller: Caller, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = await caller.client.options("/graphql", headers=asked)
    assert (response.status_code, allowed(response)) == (403, {})


@pytest.mark.parametrize("origin", ["http://localhost", "https://localhost", None])
async def test_own_pages_and_programs_need_no_list(
    opened: Starlette, caller: Caller, origin: str | None
) -> None:
    headers = caller.headers if origin is None else {**caller.headers, "Origin": origin}
    async with client_of(opened) as client:
        response = await client.post("/graphql", json=ME, headers=headers)
    assert (response.status_code, allowed(response)) == (200, {})
    assert "Origin" in response.headers["vary"]


async def test_a_browser_that_asks_beforehand_is_told(opened: Starlette) -> None:
    asked = {
        "Origin": UI,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-of-a-client",
    }
    async with client_of(opened) as client:
        told = await client.options("/graphql", headers=asked)
        plain = await client.options("/graphql", headers={"Origin": UI})
    assert (told.status_code, told.content) == (204, b"")
    assert told.headers["access-control-allow-origin"] == UI
    assert told.headers["access-control-allow-credentials"] == "true"
    assert told.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert told.headers["access-control-allow-headers"] == asked["Access-Control-Request-Headers"]
    assert told.headers["access-control-max-age"] == "600"
    assert plain.status_code == 405  # nothing was asked beforehand


async def test_sockets_go_by_the_same_list(opened: Starlette, caller: Caller) -> None:
    async with served(opened) as address:
        for origin in (UI, f"http://{address}", f"https://{address}", None):
            async with connected(address, origin=origin) as socket:
                await socket.send(init(caller))
                assert await said(socket) == {"type": "connection_ack"}
        for origin in ("https://evil.example", "null", "http://ui.example"):
            refused = await refusal(address, origin=origin)
            assert refused == (403, "FORBIDDEN_ORIGIN")
        strange = {"Host": "evil.example"}
        assert await refusal(address, additional_headers=strange) == (421, "MISDIRECTED")


async def refusal(address: str, **options: object) -> tuple[int, str]:
    """The status and code that a socket is refused with."""
    with pytest.raises(websockets.InvalidStatus) as found:
        async with connected(address, **options):
            pass
    response = found.value.response
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return response.status_code, json.loads(response.body)["code"]


# names


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:80"],
)
async def test_the_names_of_this_server(caller: Caller, host: str) -> None:
    response = await caller.client.get("/healthz", headers={"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "", ":80", "evil.example", "localhost.evil.example", "evil.example:80", "localhost,evil.example",
        "localhost:80,evil.example", "localhost:evil", "localhost@evil.example", "127.0.0.2", "[::2]",
        "[::1", "[::1]x", "::1", "localhost:80:80", "localhost evil.example", "localhost:800000",
    ],
)  # fmt: skip
async def test_any_other_name_is_421(caller: Caller, host: str) -> None:
    response = await caller.client.get("/healthz", headers={"Host": host})
    assert (response.status_code, response.json()["code"]) == (421, "MISDIRECTED")


async def test_two_names_at_once_are_none(caller: Caller) -> None:
    headers = [("Host", "localhost"), ("Host", "localhost")]
    assert (await caller.client.get("/healthz", headers=headers)).status_code == 421


# proxies


async def guess(client: httpx.AsyncClient, forwarded: str | None, times: int = 1) -> list[int]:
    """The statuses of so many guesses of a key."""
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    statuses = []
    for _ in range(times):
        key = {"Authorization": f"Bearer {make_key().text}"}
        statuses.append((await client.post("/graphql", json=ME, headers=headers | key)).status_code)
    return statuses


async def begin_anew(app: Starlette, address: str) -> None:
    """Forget what was guessed from an address."""
    await app.state.services.gate._guesses.forget(KEYS, address)


async def test_a_proxys_clients_are_told_apart(opened: Starlette) -> None:
    async with client_of(opened, PROXY) as client:
        assert set(await guess(client, "203.0.113.1", KEYS.most)) == {401}
        assert await guess(client, "203.0.113.1") == [429]
        assert await guess(client, "203.0.113.2") == [401]
        assert await guess(client, "203.0.113.2, 203.0.113.1") == [
            429
        ]  # what it says itself is first
        assert await guess(client, "203.0.113.1, 10.9.9.9") == [429]  # a proxy before the proxy
        assert await guess(client, None) == [401]


async def test_nobody_else_is_believed(opened: Starlette, app: Starlette) -> None:
    for number, made in enumerate((opened, app)):
        for peer in (f"198.51.100.{number + 1}", "127.0.0.1"):
            async with client_of(made, peer) as client:
                await begin_anew(made, peer)
                spelled = [f"203.0.113.{each}" for each in range(KEYS.most)]
                assert {(await guess(client, each))[0] for each in spelled} == {401}
                assert await guess(client, "203.0.113.200") == [429]
            await begin_anew(made, peer)


async def test_loopback_is_not_believed_on_its_port_either(address: str, app: Starlette) -> None:
    await begin_anew(app, "127.0.0.1")
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        await guess(client, "203.0.113.77")
    guesses = app.state.services.gate._guesses
    assert (await guesses.look(KEYS, "127.0.0.1")).count == 1
    assert (await guesses.look(KEYS, "203.0.113.77")).count == 0
    await begin_anew(app, "127.0.0.1")


# headers

EVERYWHERE = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
ANSWERS = [
    ("POST", "/graphql", {}, 200),
    ("POST", "/graphql", {"Accept": "text/event-stream"}, 200),
    ("POST", "/graphql", {"Accept": "text/html"}, 406),
    ("POST", "/graphql", {"Authorization": ""}, 401),
    ("POST", "/graphql", {"Content-Encoding": "br"}, 415),
    ("POST", "/graphql", {"Host": "evil.example"}, 421),
    ("POST", "/graphql", {"Origin": "https://evil.example"}, 403),
    ("OPTIONS", "/graphql", {"Origin": UI, "Access-Control-Request-Method": "POST"}, 204),
    ("DELETE", "/graphql", {}, 405),
    ("GET", "/nope", {}, 404),
    ("GET", "/healthz", {}, 200),
    ("GET", "/readyz", {}, 200),
    ("GET", "/metrics", {}, 200),
    ("GET", "/graphiql", {}, 307),
    ("GET", "/graphiql/", {}, 200),
    ("GET", "/graphiql/nope.js", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ANSWERS)
async def test_every_answer_has_the_headers(
    opened: Starlette, caller: Caller, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(opened) as client:
        body = ME if method == "POST" else None
        given = {**caller.headers, **headers}
        response = await client.request(method, path, json=body, headers=given)
    assert response.status_code == status
    assert EVERYWHERE.items() <= dict(response.headers).items()
    policy = response.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
        policy.split("; ")
    )
    assert ("script-src 'self'" in policy) == path.startswith("/graphiql")
    assert "unsafe-eval" not in policy
    kept = "no-cache" if path == "/graphiql/" else "no-store"
    assert response.headers["cache-control"] == kept
    assert "server" not in response.headers
    assert "strict-transport-security" not in response.headers


async def test_a_failure_has_the_headers_too(
    opened: Starlette, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.state.services.executor, "ask", lambda *_: 1 / 0)
    async with client_of(opened) as client:
        response = await client.post("/graphql", json=ME, headers={**caller.headers, "Origin": UI})
    assert (response.status_code, response.json()["code"]) == (500, "INTERNAL")
    assert EVERYWHERE.items() <= dict(response.headers).items()
    assert allowed(response)["access-control-allow-origin"] == UI


@pytest.mark.parametrize(
    ("peer", "scheme", "forwarded", "told"),
    [
        (CLIENT, "http", None, None),
        (CLIENT, "http", "https", None),
        (CLIENT, "https", None, "max-age=3600"),
        (PROXY, "http", "https", "max-age=3600"),
        (PROXY, "http", "http", None),
        (PROXY, "http", None, None),
    ],
)
async def test_browsers_are_kept_to_https_where_they_came_by_it(
    opened: Starlette, peer: str, scheme: str, forwarded: str | None, told: str | None
) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-Proto": forwarded}
    async with client_of(opened, peer, scheme) as client:
        for path in ("/healthz", "/graphiql/", "/nope"):
            response = await client.get(path, headers=headers)
            assert response.headers.get("strict-transport-security") == told


async def test_without_the_setting_nothing_is_said_of_https(app: Starlette) -> None:
    async with client_of(app, scheme="https") as client:
        assert "strict-transport-security" not in (await client.get("/healthz")).headers
