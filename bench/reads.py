"""Reads through GraphQL over HTTP against the raw driver, in one run, on one database.

    python -m bench.reads [requests]         # 400 by default, for each shape, way and round

Prints a table and one line of JSON. The API is a process of its own, asked over 16 connections; the driver asks for the
same rows by hand-written statements, 16 at a time, in this process. The organization is made here and removed again.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import neo4j
import orjson
import uvloop

from bench.ingest import ours, wipe
from graph.facts import Answer, Outcome
from graph.migrate import migrate
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from server.auth.keys import make_key
from server.embedded.ports import free_port
from server.settings import StackSettings

AT_ONCE = 16
ROUNDS = 3
GROUPS, NAMES, BELOW = 50, 10, 10
MOMENT = "2026-06-01T00:00:00Z"

MAKE_CALLER = """
CREATE (u:User {id: $org, email: 'bench@users.example'})-[:HAS_KEY]->(:ApiKey {id: $org, org: $org, hash: $hash})
CREATE (u)-[:HAS_MEMBERSHIP]->(:Membership {id: $org, org: $org, role: 'VIEWER'})
       -[:IN]->(:Organization {id: $org, name: 'Bench'})
"""
REMOVE_CALLER = "MATCH (n:User|ApiKey|Membership|Organization {id: $org}) DETACH DELETE n"


@dataclass(frozen=True)
class Shape:
    """One question in both languages; `variables` draws what to ask for, under the same names."""

    name: str
    graphql: str
    cypher: str
    variables: Callable[[random.Random, str], dict[str, str]]
    rows: int


def _name(group: int, number: int) -> DomainName:
    return DomainName(name=f"n{number}-g{group}.test")


def _address(group: int) -> IPAddress:
    return IPAddress(address=f"10.0.{group // 256}.{group % 256}")


def answers() -> Iterator[Answer]:
    """Each address has ten names, each name ten names below it."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for group in range(GROUPS):
        for number in range(NAMES):
            name = _name(group, number)
            below = (DomainName(name=f"h{i}.{name.name}") for i in range(BELOW))
            facts = (ResolvesTo(source=name, target=_address(group), rrtype="A"), *below)
            yield Answer(name, "bench", Outcome.FOUND, at, at, facts)


def _any_name(draw: random.Random, _: str) -> dict[str, str]:
    return {"key": _name(draw.randrange(GROUPS), draw.randrange(NAMES)).key}


def _any_address(draw: random.Random, org: str) -> dict[str, str]:
    return {"id": _address(draw.randrange(GROUPS)).id_in(org)}


def _two_names(draw: random.Random, org: str) -> dict[str, str]:
    group = draw.randrange(GROUPS)
    one, other = draw.sample(range(NAMES), 2)
    return {
        "a": DomainName(name=f"h1.{_name(group, one).name}").id_in(org),
        "b": DomainName(name=f"h2.{_name(group, other).name}").id_in(org),
    }


SHAPES = [
    Shape(
        "point lookup",
        "query($key: String!) { domainName(key: $key) { id name firstSeen lastSeen } }",
        "MATCH (n:DomainName {org: $org, key: $key})"
        " RETURN n.id, n.name, toString(n.first_seen), toString(n.last_seen)",
        _any_name,
        1,
    ),
    Shape(
        "1 hop",
        "query($id: ID!) { entity(id: $id) { ... on IPAddress {"
        " resolvedBy { edges { lastSeen node { id name } } } } } }",
        "MATCH (:Entity {id: $id})<-[r:RESOLVES_TO]-(m) WHERE r.holds_since IS NOT NULL"
        " RETURN toString(r.last_seen), m.id, m.name ORDER BY m.key LIMIT 25",
        _any_address,
        NAMES,
    ),
    Shape(
        "2 hops, 100 rows",
        "query($id: ID!) { entity(id: $id) { ... on IPAddress { resolvedBy { nodes { id name"
        " subdomains { nodes { id name lastSeen } } } } } } }",
        "MATCH (:Entity {id: $id})<-[r:RESOLVES_TO]-(m)<-[s:SUBDOMAIN_OF]-(o)"
        " WHERE r.holds_since IS NOT NULL AND s.holds_since IS NOT NULL"
        " RETURN m.id, m.name, o.id, o.name, toString(o.last_seen) ORDER BY m.key, o.key LIMIT 625",
        _any_address,
        NAMES * BELOW,
    ),
    Shape(
        "the same, at a moment",
        f'query($id: ID!) {{ entity(id: $id, at: "{MOMENT}") {{ ... on IPAddress {{ resolvedBy {{ nodes {{ id name'
        " subdomains { nodes { id name lastSeen } } } } } } }",
        "MATCH (:Entity {id: $id})<-[r:RESOLVES_TO]-(m)<-[s:SUBDOMAIN_OF]-(o)"
        f" WHERE r.holds_since <= datetime('{MOMENT}') AND s.holds_since <= datetime('{MOMENT}')"
        " RETURN m.id, m.name, o.id, o.name, toString(o.last_seen) ORDER BY m.key, o.key LIMIT 625",
        _any_address,
        NAMES * BELOW,
    ),
    Shape(
        "shortest path",
        "query($a: ID!, $b: ID!) { paths(from: $a, to: $b) { length nodes { id key } } }",
        "MATCH (a:Entity {id: $a}) MATCH (b:Entity {id: $b})"
        " MATCH p = SHORTEST 1 (a)((:Entity)-[r WHERE r.holds_since IS NOT NULL]-(:Entity)){1,6}(b)"
        " UNWIND nodes(p) AS n RETURN length(p), n.id, n.key",
        _two_names,
        5,
    ),
]


class Connection:
    """One kept-alive HTTP connection: the least a client can do."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._head = (
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Accept: application/graphql-response+json\r\nAuthorization: Bearer {key}\r\nContent-Length: "
        ).encode()

    async def ask(self, query: str, variables: dict[str, str]) -> bytes:
        """The body of the answer."""
        body = orjson.dumps({"query": query, "variables": variables})
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return await self._reader.readexactly(length)


async def timed(
    once: Callable[[int, dict[str, str]], Awaitable[None]], given: list[dict[str, str]]
) -> list[float]:
    """Seconds of each request, `AT_ONCE` under way, and of all of them as the last item."""
    waiting = list(enumerate(given))
    took: list[float] = []

    async def work(worker: int) -> None:
        while waiting:
            _, variables = waiting.pop()
            began = time.perf_counter()
            await once(worker, variables)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work(worker) for worker in range(AT_ONCE)))
    return [*took, time.perf_counter() - began]


@asynccontextmanager
async def serving(key: str) -> AsyncIterator[list[Connection]]:
    """The API in a process of its own, and connections to it."""
    port = free_port()
    own = {"MIRAGE_API_PORT": str(port), "MIRAGE_EVIDENCE_FOLDER": tempfile.gettempdir()}
    environment = {**os.environ, **own, "MIRAGE_LOG_LEVEL": "warning"}
    command = [sys.executable, "-c", "from server.roles.api import main; main()"]
    process = subprocess.Popen(command, env=environment)  # noqa: ASYNC220, S603 - our own program
    try:
        yield [await _connected(port, key) for _ in range(AT_ONCE)]
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _connected(port: int, key: str) -> Connection:
    for _ in range(300):
        try:
            return Connection(*await asyncio.open_connection("127.0.0.1", port), key)
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the API does not answer")


async def compare(
    shape: Shape, org: str, requests: int, connections: list[Connection], driver: neo4j.AsyncDriver
) -> dict[str, Any]:
    """Both ways by turns, each after the other has warmed the database."""
    draw = random.Random(shape.name)

    async def by_driver(_: int, variables: dict[str, str]) -> None:
        async with driver.session(
            database="neo4j", default_access_mode=neo4j.READ_ACCESS
        ) as session:
            found = await session.run(shape.cypher, {**variables, "org": org})  # type: ignore[arg-type]
            assert len(await found.values()) == shape.rows

    async def by_graphql(worker: int, variables: dict[str, str]) -> None:
        body = await connections[worker].ask(shape.graphql, variables)
        assert body.startswith(b'{"data":{'), body
        assert b'"id"' in body

    drawn = [shape.variables(draw, org) for _ in range(requests)]
    ways = {"driver": by_driver, "graphql": by_graphql}
    for once in ways.values():
        await timed(once, drawn[: requests // 4])
    rounds = [
        {name: await timed(once, drawn) for name, once in ways.items()} for _ in range(ROUNDS)
    ]
    result: dict[str, Any] = {"shape": shape.name}
    for name in ways:
        took = sorted(t for each in rounds for t in each[name][:-1])
        result[f"{name}_per_s"] = statistics.median(requests / each[name][-1] for each in rounds)
        result[f"{name}_p50_ms"] = took[len(took) // 2] * 1000
        result[f"{name}_p99_ms"] = took[len(took) * 99 // 100] * 1000
    result["ratio"] = statistics.median(each["driver"][-1] / each["graphql"][-1] for each in rounds)
    return result


async def main(requests: int) -> None:
    """Make the graph, compare each shape, remove the graph."""
    settings = StackSettings()
    password = settings.neo4j_password.get_secret_value()
    org, key = str(uuid.uuid4()), make_key()
    async with Store.open(settings.neo4j_uri, settings.neo4j_user, password) as store:
        await migrate(store)
        await ours(store, answers(), org)
        await store.execute(MAKE_CALLER, {"org": org, "hash": key.hash})
        driver = neo4j.AsyncGraphDatabase.driver(
            settings.neo4j_uri,
            auth=(settings.neo4j_user, password),
            notifications_min_severity="OFF",
        )
        try:
            async with driver, serving(key.text) as connections:
                results = [
                    await compare(each, org, requests, connections, driver) for each in SHAPES
                ]
        finally:
            await wipe(store, org)
            await store.execute(REMOVE_CALLER, {"org": org})
    columns = [
        "driver_per_s",
        "graphql_per_s",
        "ratio",
        "driver_p50_ms",
        "graphql_p50_ms",
        "graphql_p99_ms",
    ]
    print(f"{'':18}" + "".join(f"{name:>16}" for name in columns))
    for each in results:
        print(f"{each['shape']:18}" + "".join(f"{each[name]:>16,.2f}" for name in columns))
    print(json.dumps({"reads": results}))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
