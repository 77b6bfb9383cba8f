"""Ingest of whole facts against a bare driver UNWIND MERGE of the same rows, in one run, on one database.

    python -m bench.ingest [entities]        # 200000 by default: 2 relationships each, an answer for each three

Prints a table and one line of JSON. Both write to organizations of their own and clean up.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.facts import Answer, Content, Outcome
from graph.migrate import migrate
from graph.model.base import Entity
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo
from graph.store import Limits, Store
from graph.writer import Writer
from server.settings import StackSettings

BATCH = 5_000


def answers(entities: int, at: datetime) -> Iterator[Answer]:
    """An answer for each three entities: two names and an address, with six relationships among neighbours."""
    names = entities * 2 // 3
    for i in range(0, names, 2):
        one, two = (DomainName(name=f"h{n}.bench{n % 97}.test") for n in (i, i + 1))
        address = _address(i // 2)
        near = DomainName(name=f"h{(i + 2) % names}.bench{(i + 2) % names % 97}.test")
        facts = (
            ResolvesTo(source=one, target=address, rrtype="A"),
            ResolvesTo(source=two, target=address, rrtype="A"),
            CnameTo(source=one, target=two),
            CnameTo(source=two, target=near),
        )
        yield Answer(one, "bench", Outcome.FOUND, at, at, facts)


def _address(n: int) -> IPAddress:
    return IPAddress(address=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")


def rows_of(
    all_answers: list[Answer], org: str
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """The same facts as bare rows by label and by type: id, key; id, start, end."""
    nodes: dict[str, dict[str, Entity]] = {}
    links: dict[str, dict[str, list[str]]] = {}
    for answer in all_answers:
        content = Content.of(answer.facts)
        for entity in content.entities.values():
            nodes.setdefault(entity.label, {})[entity.id_in(org)] = entity
        for fact in content.relationships.values():
            found = [fact.id_in(org), fact.source.id_in(org), fact.target.id_in(org)]
            links.setdefault(type(fact).type, {})[found[0]] = found
    return (
        {label: [[i, e.key] for i, e in sorted(found.items())] for label, found in nodes.items()},
        {kind: [row for _, row in sorted(found.items())] for kind, found in links.items()},
    )


async def bare(
    store: Store, nodes: dict[str, list[Any]], links: dict[str, list[Any]], org: str
) -> float:
    """Seconds for a plain UNWIND MERGE of the rows, literal labels and types, 5,000 rows a transaction."""
    began = time.perf_counter()
    for label, rows in nodes.items():
        text = f"UNWIND $rows AS r MERGE (n:Entity {{id: r[0]}}) ON CREATE SET n:{label}, n.org = $org, n.key = r[1]"
        await _in_batches(store, text, rows, org)
    for kind, rows in links.items():
        text = (
            "UNWIND $rows AS r MATCH (a:Entity {id: r[1]}) MATCH (b:Entity {id: r[2]}) "
            f"MERGE (a)-[x:{kind} {{id: r[0]}}]->(b)"
        )
        await _in_batches(store, text, rows, org)
    return time.perf_counter() - began


async def _in_batches(store: Store, text: str, rows: list[Any], org: str) -> None:
    for start in range(0, len(rows), BATCH):
        parameters = {"rows": rows[start : start + BATCH], "org": org}
        await store.transact(lambda tx, p=parameters: tx.execute(text, p), limits=Limits(120, 120))  # type: ignore[misc]


async def ours(store: Store, given: Iterator[Answer], org: str) -> float:
    """Seconds for the write path: claims, observations, intervals and the write log included."""
    began = time.perf_counter()
    async with Writer(store) as writer:
        pending: set[asyncio.Task[Any]] = set()
        batch: list[Answer] = []
        for answer in given:
            batch.append(answer)
            if len(batch) == 200:
                pending.add(asyncio.create_task(writer.write(org, batch)))
                batch = []
            if len(pending) > 12:
                _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if batch:
            pending.add(asyncio.create_task(writer.write(org, batch)))
        if pending:
            await asyncio.wait(pending)
        for task in pending:
            task.result()
    return time.perf_counter() - began


async def wipe(store: Store, org: str) -> None:
    """Remove an organization's graph."""
    for label in ("Entity", "Observation", "Claim", "Outbox"):
        text = f"MATCH (n:{label} {{org: '{org}'}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS"
        await store.run_autocommit(text)


async def main(entities: int) -> None:
    """Run both, fresh and again."""
    settings = StackSettings()
    password = settings.neo4j_password.get_secret_value()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    async with Store.open(settings.neo4j_uri, settings.neo4j_user, password) as store:
        await migrate(store)
        one, two = str(uuid.uuid4()), str(uuid.uuid4())
        await ours(store, answers(3_000, at), one)  # plans are made once
        await wipe(store, one)
        nodes, links = rows_of(list(answers(entities, at)), two)
        counts = {
            "entities": sum(map(len, nodes.values())),
            "relationships": sum(map(len, links.values())),
        }
        result: dict[str, Any] = dict(counts)
        result["bare_s"] = await bare(store, nodes, links, two)
        result["ours_s"] = await ours(store, answers(entities, at), one)
        result["bare_again_s"] = await bare(store, nodes, links, two)
        result["ours_again_s"] = await ours(store, answers(entities, at + timedelta(days=1)), one)
        await wipe(store, one)
        await wipe(store, two)
    result["fresh_ratio"] = result["ours_s"] / result["bare_s"]
    result["again_ratio"] = result["ours_again_s"] / result["bare_again_s"]
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in result.items():
        print(f"{name:>16}  {value:,.2f}" if isinstance(value, float) else f"{name:>16}  {value:,}")
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
