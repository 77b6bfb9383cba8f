"""What a worker tells of itself over HTTP: that it lives, whether it is ready, and what it counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from graph.store import Store
from server.embedded.ports import free_port
from server.jobs.health import serve_health
from server.jobs.queue import Queue, open_queue

NOBODY = "bolt://127.0.0.1:1"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@asynccontextmanager
async def served(store: Store, queue: Queue) -> AsyncIterator[int]:
    port = free_port()
    async with serve_health(port, store, queue):
        yield port


async def told(port: int, path: str) -> tuple[int, str]:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        response = await client.get(f"http://127.0.0.1:{port}{path}")
    return response.status_code, response.text


async def test_a_worker_that_can_work_says_so(store: Store, queue: Queue) -> None:
    async with served(store, queue) as port:
        assert await told(port, "/healthz") == (200, "live\n")
        assert await told(port, "/readyz") == (200, "ready\n")
        status, text = await told(port, "/metrics")
        assert status == 200
        assert "# TYPE python_info gauge" in text
        assert await told(port, "/secret") == (
            404,
            "not found: there are /healthz, /readyz and /metrics\n",
        )


async def test_without_its_database_it_lives_and_is_not_ready(queue: Queue) -> None:
    async with Store.open(NOBODY, "neo4j", "x") as away, served(away, queue) as port:
        assert await told(port, "/healthz") == (200, "live\n")
        assert await told(port, "/readyz") == (503, "not ready: StoreUnavailable\n")


async def test_whoever_speaks_no_http_or_goes_away_harms_nobody(store: Store, queue: Queue) -> None:
    async with served(store, queue) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\n")
        assert (await reader.readline()) == b"HTTP/1.1 404 Not Found\r\n"
        writer.close()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.transport.abort()
        assert await told(port, "/healthz") == (200, "live\n")


async def test_port_0_serves_nothing(
    store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listen(*_: object, **__: object) -> None:
        pytest.fail("it listens")

    monkeypatch.setattr(asyncio, "start_server", listen)
    async with serve_health(0, store, queue):
        pass
