"""How much may be asked: quotas and their headers over HTTP and sockets, bounds by role, and what an answer cost."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from httpx import ASGITransport

from graph.store import Store
from server.graphql.bounds import InvalidBounds, RoleBounds
from server.graphql.limits import HARD
from server.jobs.queue import Queue
from server.settings_api import ApiSettings
from server.web.app import create_app
from server.web.door import Door
from tests.api.conftest import Caller, MakeCaller, served
from tests.api.test_sockets import greeted, said, subscribe
from tests.support.keys import keyring
from tests.support.reception import counting_apart

ME = "{ me { role } }"
WIDE = "{ domainNames(first: 100) { nodes { resolvesTo(first: 25) { nodes { id } } } } }"


@asynccontextmanager
async def limited(
    store: Store, queue: Queue, client_at: str = "", **rates: int
) -> AsyncIterator[httpx.AsyncClient]:
    """Requests from an address of their own to an application that limits them."""
    app = create_app(store, queue, keyring(), Door(rates=rates), options=counting_apart())
    client_at = client_at or f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app=app, client=(client_at, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


async def statuses(client: httpx.AsyncClient, caller: Caller, times: int) -> list[int]:
    asked = replace(caller, client=client)
    return [(await asked.post(ME)).status_code for _ in range(times)]


async def test_an_answer_tells_what_is_left(store: Store, queue: Queue, caller: Caller) -> None:
    async with limited(store, queue, key=100, user=50, organization=300, address=400) as client:
        answer = await replace(caller, client=client).post(ME)
    assert answer.headers["ratelimit"].startswith('"user";r=49;t=2, "key";r=99;t=1')
    assert answer.headers["ratelimit-policy"] == (
        '"user";q=50;w=60, "key";q=100;w=60, "organization";q=300;w=60, "address";q=400;w=60'
    )


@pytest.mark.parametrize("kind", ["key", "user", "organization", "address"])
async def test_who_asked_too_much_is_refused_with_when_to_come_again(
    store: Store, queue: Queue, caller: Caller, kind: str
) -> None:
    async with limited(store, queue, "", **{kind: 3}) as client:
        assert await statuses(client, caller, 4) == [200, 200, 200, 429]
        refused = await replace(caller, client=client).post(ME)
    assert 15 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"].startswith(f'"{kind}";r=0;t=')
    assert refused.json()["code"] == "RATE_LIMITED"
    assert f"this {kind} has asked all of its 3 points a minute" in refused.json()["detail"]


async def test_each_counts_for_itself(
    store: Store, queue: Queue, caller: Caller, make_caller: MakeCaller
) -> None:
    colleague: Caller = await make_caller("VIEWER", beside=caller)
    stranger: Caller = await make_caller()
    async with limited(store, queue, user=2, organization=3) as client:
        assert await statuses(client, caller, 3) == [200, 200, 429]
        assert await statuses(client, colleague, 2) == [200, 429], "the organization's"
        assert await statuses(client, stranger, 2) == [200, 200]


async def test_those_that_nobody_knows_count_for_their_address(store: Store, queue: Queue) -> None:
    async with limited(store, queue, address=3, key=1) as client:
        found = [(await client.post("/graphql", json={"query": ME})).status_code for _ in range(5)]
    assert found == [401, 401, 401, 429, 429]


async def test_neighbours_of_one_network_are_one_address(
    store: Store, queue: Queue, caller: Caller
) -> None:
    async with limited(store, queue, "2001:db8:1:2::1", address=1) as client:
        await statuses(client, caller, 1)
    async with limited(store, queue, "2001:db8:1:2:ffff::9", address=1) as client:
        assert await statuses(client, caller, 1) == [429]


async def test_what_costs_more_takes_more(store: Store, queue: Queue, caller: Caller) -> None:
    async with limited(store, queue, key=20) as client:
        asked = replace(caller, client=client)
        answer = await asked.post(WIDE)
        cost = answer.json()["extensions"]["cost"]
        assert cost == {"asked": 5201, "most": 100_000, "points": 6}
        assert answer.headers["ratelimit"].startswith('"key";r=14;')
        for _ in range(2):
            assert (await asked.post(WIDE)).status_code == 200
        refused = await asked.post(WIDE)
    assert refused.status_code == 429
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["retryable"] is True
    assert error["extensions"]["retryAfterS"] == int(refused.headers["retry-after"])


@pytest.mark.parametrize("path", ["/export", "/audit/export"])
async def test_an_export_takes_as_much_as_many_questions(
    store: Store, queue: Queue, caller: Caller, path: str
) -> None:
    async with limited(store, queue, key=60) as client:
        answer = await client.get(path, headers=caller.headers)
        assert (answer.status_code, answer.headers["ratelimit"][:13]) == (200, '"key";r=10;t=')
        refused = await client.get(path, headers=caller.headers)
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_operations_of_a_socket_count_like_requests(
    store: Store, queue: Queue, caller: Caller
) -> None:
    app = create_app(store, queue, keyring(), Door(rates={"key": 2}), options=counting_apart())
    async with (
        app.router.lifespan_context(app),
        served(app) as address,
        greeted(address, caller) as opened,
    ):
        for name in "12":
            await opened.send(subscribe(name, ME))
            assert (await said(opened))["type"] == "next"
            assert (await said(opened))["type"] == "complete"
        await opened.send(subscribe("3", ME))
        refused = await said(opened)
    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


# --- bounds by role -------------------------------------------------------------------------------------------


async def test_a_role_has_bounds_of_its_own_and_is_told_how_to_narrow(
    store: Store, queue: Queue, caller: Caller, make_caller: MakeCaller
) -> None:
    viewer: Caller = await make_caller("VIEWER", beside=caller)
    door = Door(bounds=RoleBounds({"VIEWER": {"cost": 5_000}}))
    app = create_app(store, queue, keyring(), door, options=counting_apart())
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            allowed = await replace(caller, client=client).post(WIDE)
            refused = await replace(viewer, client=client).post(WIDE)
    assert "errors" not in allowed.json()
    (error,) = refused.json()["errors"]
    assert error["message"] == (
        "the operation's cost is 5201, more than 5000; take smaller pages (first) or fewer nested lists"
    )
    told = error["extensions"]
    assert (told["code"], told["bound"], told["asked"], told["most"]) == (
        "LIMIT_EXCEEDED", "cost", 5201, 5000,
    )  # fmt: skip


async def test_every_way_of_answering_tells_its_cost(caller: Caller) -> None:
    for query in (
        ME,
        "{ domainNames { totalCount } }",
        "{ domainNames { totalCount } me { role } }",
        "{ __typename }",
    ):
        answer: dict[str, Any] = (await caller.post(query)).json()
        assert answer["extensions"]["cost"]["most"] == HARD.cost
        assert answer["extensions"]["cost"]["asked"] >= 1
        assert answer["extensions"]["cost"]["points"] == 1


async def test_the_schema_tells_each_role_its_own_bound(
    caller: Caller, make_caller: MakeCaller
) -> None:
    auditor: Caller = await make_caller("AUDITOR", beside=caller)
    query = "{ __schema { queryType { name } } }"
    most = [
        (await each.post(query)).json()["extensions"]["cost"]["most"]
        for each in (caller, auditor, caller)
    ]
    assert most == [100_000, 20_000, 100_000]


def test_roles_of_organizations_share_bounds() -> None:
    bounds = RoleBounds({"CUSTOM": {"depth": 4}, "VIEWER": {}})
    assert bounds.of("Watch").depth == 4
    assert bounds.of("VIEWER") == bounds.of("OWNER") == HARD
    assert RoleBounds().of("Watch") == HARD


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"KING": {"cost": 1}}, "KING is no role; there are ADMIN"),
        ({"VIEWER": {"price": 1}}, "VIEWER: there is no bound 'price'"),
        ({"VIEWER": {"cost": 0}}, "VIEWER: cost: 1 to 100000 is right, not 0"),
        ({"VIEWER": {"depth": 99}}, "VIEWER: depth: 1 to 15 is right, not 99"),
    ],
)
def test_bounds_that_are_none_are_refused_by_name(
    given: dict[str, dict[str, int]], told: str
) -> None:
    with pytest.raises(InvalidBounds, match=told):
        RoleBounds(given)


# --- settings -------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[[], ApiSettings]:
    for name in ("NEO4J_URI", "NEO4J_PASSWORD", "REDIS_URL", "EVIDENCE_FOLDER"):
        monkeypatch.setenv(f"MIRAGE_{name}", "x")
    return ApiSettings


def test_rates_are_points_a_minute(
    settings: Callable[[], ApiSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings().rates == {"key": 60_000, "user": 60_000} | dict.fromkeys(
        ("organization", "address"), 120_000
    )
    monkeypatch.setenv("MIRAGE_API_RATES", "key=60, user=0")
    monkeypatch.setenv("MIRAGE_API_BOUNDS", orjson.dumps({"VIEWER": {"cost": 7}}).decode())
    assert settings().rates == {"key": 60}
    assert settings().api_bounds == {"VIEWER": {"cost": 7}}


@pytest.mark.parametrize("given", ["key", "key=", "key=-1", "key=1.5", "keys=1", "key=10000001"])
def test_rates_that_are_none_are_refused_by_name(
    settings: Callable[[], ApiSettings], monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("MIRAGE_API_RATES", given)
    with pytest.raises(
        ValueError, match=r"one of key, user, organization, address, = and 0 to 10000000"
    ):
        settings()
