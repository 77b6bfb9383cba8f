"""Secrets of every kind are used, and then looked for: in logs, Redis, Neo4j, exports, answers, metrics, evidence."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from collectors._kit.redaction import Redactor, _spellings
from graph.migrate import migrate
from graph.store import Limits, Store
from server.auth.keys import hash_of
from tests.api.conftest import MAKE_CALLER
from tests.api.signin.conftest import CHEAP
from tests.support.roles import ROOT, end_open_runs, roles
from tests.support.running_lab import RunningLab, start_lab
from tests.support.seeding import SEEDS, World
from tests.support.sink import Sink, sink
from tests.support.stack import KEPT, Neo4jAddress
from tests.support.waiting import eventually

EVERYTHING = """
MATCH (n) UNWIND keys(n) AS key
WITH labels(n) AS of, key, n[key] AS value
WITH of, key, CASE WHEN valueType(value) STARTS WITH 'LIST'
                   THEN reduce(text = '', each IN value | text + ' ' + coalesce(toStringOrNull(each), ''))
                   ELSE toStringOrNull(value) END AS text
WHERE any(spelling IN $spellings WHERE text CONTAINS spelling)
RETURN DISTINCT of, key, [s IN $spellings WHERE text CONTAINS s][0] AS found
UNION
MATCH ()-[r]->() UNWIND keys(r) AS key
WITH [type(r)] AS of, key, toStringOrNull(r[key]) AS text
WHERE any(spelling IN $spellings WHERE text CONTAINS spelling)
RETURN DISTINCT of, key, [s IN $spellings WHERE text CONTAINS s][0] AS found
"""
SEARCH = Limits(timeout_s=100, retry_s=10)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    found = start_lab(tmp_path_factory.mktemp("lab"))
    yield found
    found.process.terminate()
    found.process.communicate(timeout=10)


def _installed(folder: Path) -> str:
    """The source that needs a secret, installed as another project's; the import path that finds it."""
    info = folder / "birds-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: birds\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[mirage.collectors]\nheron = tests.support.keyed.heron\n"
    )
    return f"{ROOT}:{folder}"


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


@pytest.fixture
def traces() -> Iterator[Sink]:
    with sink() as taken:
        yield taken


@pytest_asyncio.fixture
async def world(
    neo4j_server: Neo4jAddress, redis_url: str, lab: RunningLab, traces: Sink, tmp_path: Path
) -> AsyncIterator[World]:
    port, metrics = _free_port(), _free_port()
    settings = {
        "PYTHONPATH": _installed(tmp_path / "installed"),
        "MIRAGE_API_PORT": str(port),
        "MIRAGE_KEY_SERVICE_TOKEN": f"service-{uuid.uuid4().hex}",
        "MIRAGE_LOG_LEVEL": "debug",
        "MIRAGE_OTLP_ENDPOINT": traces.address,
        "MIRAGE_OIDC_PROVIDERS": json.dumps(
            [
                {
                    "name": "herons",
                    "title": "Herons",
                    "issuer": f"http://127.0.0.1:{_free_port()}",
                    "client_id": "x",
                    "client_secret": f"client-{uuid.uuid4().hex}",
                }
            ]
        ),
        "MIRAGE_MAIL_FROM": "Mirage <mirage@sender.example>",
        "MIRAGE_SMTP_URL": f"smtp://mirage:mail-{uuid.uuid4().hex}@127.0.0.1:{_free_port()}",
    }
    address = neo4j_server
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.wait_ready()
        await migrate(store)
        await end_open_runs(store)
        with roles(neo4j_server, redis_url, lab.path, tmp_path, settings) as running:
            base, collector = (f"http://127.0.0.1:{each}" for each in (port, metrics))
            made = World(store, address, redis_url, running, base, collector, lab)
            running.start("api")
            running.start("conductor")
            running.settings = {**settings, "MIRAGE_METRICS_PORT": str(metrics)}
            running.start("collector")
            await _ready(made, made.base)
            await _ready(made, made.collector)
            await store.execute(MAKE_CALLER, _caller(made))
            await store.execute(
                "MATCH (u:User {id: $user}) SET u.password = $password",
                {"user": made.user, "password": CHEAP.hash(made.password)},
            )
            yield made


def _caller(world: World) -> dict[str, str]:
    return {
        "user": world.user, "email": world.email, "key": world.user, "org": world.org,
        "hash": hash_of(world.key), "prefix": "mk_seeded", "role": "OWNER", "clearance": "RED",
    }  # fmt: skip


async def _ready(world: World, base: str) -> None:
    for _ in range(300):
        try:
            async with httpx.AsyncClient(base_url=base) as client:
                if (await client.get("/readyz")).status_code == 200:
                    return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    pytest.fail(f"{base} does not get ready\n{world.running.logs()}")


@pytest.mark.timeout(300)
async def test_no_secret_is_found_anywhere(world: World, traces: Sink) -> None:
    seeds = {kind: await sow(world) for kind, sow in SEEDS.items()}
    await world.start_the_others()
    await world.delivered()
    await world.get("/audit/export")
    await world.get("/metrics")
    await world.get("/metrics", base=world.collector)
    await world.post("{ secrets { id source name version } runs { nodes { reason spec } } }")
    await _traced(traces)
    places = {
        "traces": traces.texts(),
        "answers, errors, exports, metrics": world.told,
        "logs": [path.read_text("utf-8", "replace") for path in _logs(world)],
        "evidence": _evidence(world.running.folder / "evidence"),
        "Redis": await _redis(world.redis_url),
        "the outbox": await _outbox(world.store),
    }
    assert all(places[name] for name in ("logs", "evidence", "Redis")), (
        "there is something to look at"
    )

    hits = [
        f"{kind} in {place}: {_around(text, value)}"
        for kind, value in seeds.items()
        for place, texts in places.items()
        for text in texts
        if Redactor([value]).finds(text)
    ]
    kinds = {each: kind for kind, value in seeds.items() for each in _spellings(value)}
    rows = await world.store.read(EVERYTHING, {"spellings": sorted(kinds)}, limits=SEARCH)
    hits += [f"{kinds[row['found']]} in Neo4j: {row['of']} {row['key']}" for row in rows]
    assert hits == []


async def _traced(traces: Sink) -> None:
    """Wait for the spans of all that was used; what was carried out in a cell lies in its job's trace."""

    async def has_come() -> bool:
        spans = traces.spans()
        jobs = {span.id: span.trace for span in spans if span.name == "job collect"}
        cells = [span for span in spans if span.service == "mirage-cell" and span.name == "cell"]
        services = {span.service for span in spans}
        return {"mirage-api", "mirage-conductor"} <= services and any(
            jobs.get(span.parent) == span.trace for span in cells
        )

    await eventually(has_come, within_s=30)


def test_what_looks_for_them_finds_them(tmp_path: Path) -> None:
    assert Redactor(["hunter 2222"]).finds('{"url": "/?key=hunter%202222"}')
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "cd").write_bytes(b"key: hunter2222")
    assert _evidence(tmp_path) == ["key: hunter2222"]


async def test_what_looks_through_the_databases_finds_them(
    neo4j_server: Neo4jAddress, redis_url: str
) -> None:
    seed, address = f"seed-{uuid.uuid4().hex}", neo4j_server
    redis = Redis.from_url(redis_url)
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.execute(
            "CREATE (:Seeded {plain: $seed, listed: ['a', $seed]})-[:SEEDED {of: $seed}]->(:Seeded)",
            {"seed": seed},
        )
        await redis.hset(f"test:{seed}", "field", seed)
        await redis.xadd(f"test:stream:{seed[:8]}", {"e": seed})
        rows = await store.read(EVERYTHING, {"spellings": [seed]}, limits=SEARCH)
        found = [text for text in await _redis(redis_url) if seed in text]
        await store.execute("MATCH (n:Seeded) DETACH DELETE n")
    await redis.delete(f"test:{seed}", f"test:stream:{seed[:8]}")
    await redis.aclose()
    assert {(row["of"][0], row["key"]) for row in rows} == {
        ("Seeded", "plain"), ("Seeded", "listed"), ("SEEDED", "of"),
    }  # fmt: skip
    assert len(found) == 2


def _logs(world: World) -> list[Path]:
    """The logs of our processes and, where the tests started them, of the servers."""
    kept = [*KEPT.neo4j_folder.glob("logs/*.log"), *KEPT.redis_folder.glob("*.log")]
    return [*world.running.folder.glob("*.log"), *kept]


def _evidence(folder: Path) -> list[str]:
    return [
        path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    ]


async def _redis(url: str) -> list[str]:
    """Every key of Redis with what it holds, as text."""
    redis, found = Redis.from_url(url), []
    readers: dict[bytes, Callable[[bytes], Awaitable[Any]]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": lambda key: redis.xrange(key, count=10_000),
    }
    async for key in redis.scan_iter(count=1_000):
        kind = await redis.type(key)
        if kind in readers:
            found.append(f"{key!r} {await readers[kind](key)!r}")
    await redis.aclose()
    return found


async def _outbox(store: Store) -> list[str]:
    rows = await store.read(
        "MATCH (o:Outbox) UNWIND [o.events, o.touched] AS part WITH part WHERE part IS NOT NULL RETURN part"
    )
    return [zlib.decompress(row["part"]).decode() for row in rows]


def _around(text: str, value: str) -> str:
    at = max(0, text.find(value))
    return json.dumps(text[max(0, at - 100) : at + 20])
