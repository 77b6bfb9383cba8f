"""Neo4j or a source away: whoever asks is told so within two seconds, also where the key has to be looked up first."""

from __future__ import annotations

import time

import httpx
import pytest

from graph.errors import SourceUnavailable
from graph.store import Store
from server.auth.keys import make_key
from server.graphql.execution import Executor
from server.graphql.schema import core_schema
from server.jobs.queue import Queue
from server.web.app import create_app
from server.web.problems import status_of
from tests.api.conftest import Caller
from tests.support.keys import keyring

NOBODY = "bolt://127.0.0.1:1"


@pytest.mark.parametrize(
    "query", ["{ me { email } }", "{ domainNames { totalCount } }", "{ scans { totalCount } }"]
)
async def test_an_unknown_key_is_answered_with_503_at_once(queue: Queue, query: str) -> None:
    async with Store.open(NOBODY, "neo4j", "x") as store:
        app = create_app(store, queue, keyring())
        async with app.router.lifespan_context(app):
            await _is_told(app, {"Authorization": f"Bearer {make_key().text}"}, query)


async def test_a_resolver_is_no_more_patient(
    caller: Caller, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await caller.ask("{ me { email } }")  # the key is known now
    async with Store.open(NOBODY, "neo4j", "x") as away:
        monkeypatch.setattr(store, "_driver", away._driver)
        monkeypatch.setattr(store, "_idle", [])  # sessions that were kept know the other driver
        started = time.monotonic()
        response = await caller.post("{ scans { totalCount nodes { id } } }")
        assert time.monotonic() - started < 4
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize("kind", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize(
    ("query", "data", "status"),
    [
        ("{ statistics { unjudgedWrites } }", None, 503),
        ("{ domainNames { totalCount } statistics { unjudgedWrites } }", None, 503),
        ('{ finding(id: "x") { id } me { role } }', {"finding": None, "me": {"role": "OWNER"}}, 200),
    ],
)  # fmt: skip
async def test_a_source_that_is_away_is_worth_another_try(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, kind: str, query: str, data: object, status: int
) -> None:  # fmt: skip
    def away(*_: object, **__: object) -> object:
        raise SourceUnavailable("the source does not answer")

    asked = core_schema().query_type
    assert asked is not None
    for name in ("statistics", "finding"):
        monkeypatch.setattr(asked.fields[name], "resolve", away)
    headers = {**caller.headers, "Accept": kind}
    response = await caller.client.post("/graphql", json={"query": query}, headers=headers)
    assert (response.status_code, response.headers["retry-after"]) == (status, "2")
    told = response.json()
    assert told["data"] == data
    (error,) = told["errors"]
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == (
        "SOURCE_UNAVAILABLE",
        True,
    )


async def test_a_question_that_meets_a_source_away_is_refused_for_now(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> object:
        raise SourceUnavailable("the source does not answer")

    monkeypatch.setattr(Executor, "ask", away)
    response = await caller.post("{ me { role } }")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["INVALID_QUESTION"], 400),
        (["INVALID_QUESTION", "NOT_PERMITTED"], 403),
        (["NOT_FOUND", "SOURCE_UNAVAILABLE"], 503),
        (["INVALID_QUESTION", "STORE_UNAVAILABLE", "INTERNAL"], 503),
        ([], 400),
    ],
)
def test_a_fault_of_ours_decides_the_status(codes: list[str], status: int) -> None:
    assert status_of(codes) == status


async def _is_told(app: object, headers: dict[str, str], query: str) -> None:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        started = time.monotonic()
        response = await client.post("/graphql", json={"query": query}, headers=headers, timeout=60)
    assert time.monotonic() - started < 4  # 1.5 s; generous: the machine may be busy
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.json()["code"] == "STORE_UNAVAILABLE"
