"""Reads through GraphQL over HTTP against the raw driver, in one run, on one database.

The API is a process of its own, asked over 16 connections; the driver asks for the same rows by hand-written
statements over 16 sessions in this process. Both take turns, in rounds.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice

import neo4j

from bench._kit.caller import Connection, api, calling
from bench._kit.figure import Figure, Goal, percentile
from bench._kit.plan import Plan
from bench._kit.servers import Servers, servers
from bench.ingest import ours
from graph.facts import Answer, Outcome
from graph.model.base import Entity, Relationship
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo

AT_ONCE = 16
GROUPS, NAMES, BELOW = 50, 10, 10
MOMENT = "2026-06-01T00:00:00Z"


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
            facts: tuple[Entity | Relationship, ...] = (
                ResolvesTo(source=name, target=_address(group), rrtype="A"),
                *below,
            )
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


Once = Callable[[int, dict[str, str]], Awaitable[None]]


@dataclass(frozen=True)
class Round:
    """Seconds of each request, and of all of them together."""

    took: list[float]
    all_s: float


async def timed(once: Once, given: Sequence[dict[str, str]]) -> Round:
    """Ask for all that is given, `AT_ONCE` under way."""
    waiting = list(given)
    took: list[float] = []

    async def work(worker: int) -> None:
        while waiting:
            variables = waiting.pop()
            began = time.perf_counter()
            await once(worker, variables)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work(worker) for worker in range(AT_ONCE)))
    return Round(took, time.perf_counter() - began)


def by_driver(shape: Shape, org: str, sessions: Sequence[neo4j.AsyncSession]) -> Once:
    """The hand-written statement as the driver asks it soonest: auto-committed, on a session that is kept."""

    async def once(worker: int, variables: dict[str, str]) -> None:
        found = await sessions[worker].run(shape.cypher, {**variables, "org": org})
        rows = await found.values()
        assert len(rows) == shape.rows, rows

    return once


def by_graphql(shape: Shape, connections: Sequence[Connection]) -> Once:
    """The GraphQL question over HTTP."""

    async def once(worker: int, variables: dict[str, str]) -> None:
        body = await connections[worker].ask(shape.graphql, variables)
        assert body.startswith(b'{"data":{'), body
        assert b'"id"' in body, body

    return once


async def compare(shape: Shape, plan: Plan, org: str, driver: Once, graphql: Once) -> list[Figure]:
    """Both ways by turns, each after the other has warmed the database; who begins changes, too."""
    requests, rounds = plan.size(800, 32), plan.size(5, 1)
    draw = random.Random(shape.name)
    drawn = [shape.variables(draw, org) for _ in range(requests)]
    ways = {"driver": driver, "graphql": graphql}
    for once in ways.values():
        await timed(once, drawn)
    done: dict[str, list[Round]] = {name: [] for name in ways}
    for order in islice(cycle((("driver", "graphql"), ("graphql", "driver"))), rounds):
        for name in order:
            done[name].append(await timed(ways[name], drawn))
    raw, own = done["driver"], done["graphql"]
    ratio = statistics.median(r.all_s / o.all_s for r, o in zip(raw, own, strict=True))
    per_s = {
        name: statistics.median(requests / each.all_s for each in of) for name, of in done.items()
    }
    ms = {name: [t * 1000 for each in of for t in each.took] for name, of in done.items()}
    p50, p99 = ({name: percentile(of, share) for name, of in ms.items()} for share in (0.5, 0.99))
    return [
        Figure(
            shape.name, per_s["graphql"], "requests/s", per_s["driver"], ratio,
            Goal(0.9, "at least"),
        ),
        Figure.beside(f"{shape.name}, p50", p50["graphql"], p50["driver"], "ms"),
        Figure.beside(f"{shape.name}, p99", p99["graphql"], p99["driver"], "ms"),
        Figure(f"{shape.name}, p99 ÷ p50", p99["graphql"] / p50["graphql"], "", goal=Goal(3, of="value")),
    ]  # fmt: skip


async def measure(plan: Plan) -> Sequence[Figure]:
    """Make the graph, compare each shape, remove the graph."""
    with servers() as found:
        async with AsyncExitStack() as opened:
            store = await opened.enter_async_context(found.store())
            caller = await opened.enter_async_context(calling(store))
            await ours(store, answers(), caller.org)
            sessions = await _sessions(found, opened)
            serving = await opened.enter_async_context(api(found))
            connections = [await Connection.open(serving.port, caller.key) for _ in range(AT_ONCE)]
            figures: list[Figure] = []
            for shape in SHAPES:
                plan.say(f"reads: {shape.name}")
                driver = by_driver(shape, caller.org, sessions)
                graphql = by_graphql(shape, connections)
                figures += await compare(shape, plan, caller.org, driver, graphql)
            for each in connections:
                each.close()
            return figures


async def _sessions(found: Servers, opened: AsyncExitStack) -> list[neo4j.AsyncSession]:
    driver = neo4j.AsyncGraphDatabase.driver(
        found.neo4j_uri,
        auth=(found.neo4j_user, found.neo4j_password),
        notifications_min_severity="OFF",
    )
    await opened.enter_async_context(driver)
    return [
        await opened.enter_async_context(
            driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS)
        )
        for _ in range(AT_ONCE)
    ]
