"""What a worker tells of itself over HTTP: that it lives, whether it is ready, and what it counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from arq.connections import ArqRedis
from neo4j.exceptions import CypherSyntaxError
from prometheus_client import REGISTRY

from graph.store import Store
from server.embedded.ports import free_port
from server.jobs.health import serve_health
from server.jobs.queue import Queue

NOBODY = "bolt://127.0.0.1:1"


@asynccontextmanager
async def served(store: Store, queue: Queue) -> AsyncIterator[int]:
    port = free_port()
    async with serve_health("127.0.0.1", port, store, queue, "test:waiting"):
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
        assert 'mirage_queue_waiting{queue="test:waiting"} 0.0' in text
        assert await told(port, "/secret") == (
            404,
            "not found: there are /healthz, /readyz and /metrics\n",
        )


async def test_how_many_jobs_wait_is_told_as_of_now(store: Store, queue: Queue) -> None:
    async with served(store, queue) as port:
        await queue.zadd("test:waiting", {"one": 1, "two": 2})
        _, text = await told(port, "/metrics")
        await queue.delete("test:waiting")
        assert 'mirage_queue_waiting{queue="test:waiting"} 2.0' in text
    async with ArqRedis.from_url("redis://127.0.0.1:1/0") as away, served(store, away) as port:
        _, text = await told(port, "/metrics")
        assert 'mirage_queue_waiting{queue="test:waiting"} NaN' in text


async def test_what_is_asked_of_the_database_is_measured(store: Store) -> None:
    def told_of(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    reads, writes = (
        told_of("mirage_database_seconds_count", mode=mode) for mode in ("read", "write")
    )
    faults = told_of("mirage_database_faults_total", mode="read", fault="CypherSyntaxError")
    await store.read("RETURN 1 AS one")
    await store.execute("RETURN 1 AS one")
    with pytest.raises(CypherSyntaxError):
        await store.read("RETRUN 1")
    assert told_of("mirage_database_seconds_count", mode="read") == reads + 2
    assert told_of("mirage_database_seconds_count", mode="write") == writes + 1
    assert (
        told_of("mirage_database_faults_total", mode="read", fault="CypherSyntaxError")
        == faults + 1
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
    async with serve_health("127.0.0.1", 0, store, queue):
        pass
