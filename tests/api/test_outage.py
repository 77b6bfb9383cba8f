"""Neo4j away: whoever asks is told within two seconds, also where the key has to be looked up first."""

from __future__ import annotations

import time

import httpx
import pytest

from graph.store import Store
from server.auth.keys import make_key
from server.jobs.queue import Queue
from server.web.app import create_app
from tests.api.conftest import Caller

NOBODY = "bolt://127.0.0.1:1"


@pytest.mark.parametrize(
    "query", ["{ me { email } }", "{ domainNames { totalCount } }", "{ scans { totalCount } }"]
)
async def test_an_unknown_key_is_answered_with_503_at_once(queue: Queue, query: str) -> None:
    async with Store.open(NOBODY, "neo4j", "x") as store:
        app = create_app(store, queue)
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


async def _is_told(app: object, headers: dict[str, str], query: str) -> None:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        started = time.monotonic()
        response = await client.post("/graphql", json={"query": query}, headers=headers, timeout=60)
    assert time.monotonic() - started < 4  # 1.5 s; generous: the machine may be busy
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.json()["code"] == "STORE_UNAVAILABLE"
