"""Ingest of whole facts against a bare driver UNWIND MERGE of the same rows, in one run, on one database.

Two relationships for each entity, an answer for each three. Both write to organizations of their own and clean up.
"""

from __future__ import annotations

import asyncio
import resource
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench._kit.caller import wipe
from bench._kit.figure import Figure, Goal
from bench._kit.plan import Plan
from bench._kit.servers import servers
from graph.facts import Answer, Content, Outcome
from graph.model.base import Entity
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo
from graph.store import Limits, Store
from graph.writer import Writer
from server import memory

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


class Made:
    """Answers as they are made, and the seconds that making them took: that is a collector's work."""

    def __init__(self, answers: Iterator[Answer]) -> None:
        self._answers = answers
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Answer]:
        while True:
            began = time.perf_counter()
            answer = next(self._answers, None)
            self.seconds += time.perf_counter() - began
            if answer is None:
                return
            yield answer


async def ours(store: Store, given: Iterator[Answer], org: str) -> float:
    """Seconds for the write path: claims, observations, intervals and the write log included.

    The reference's rows are there when its clock starts, so making the facts is left out here, too.
    """
    began, made = time.perf_counter(), Made(given)
    async with Writer(store) as writer:
        pending: set[asyncio.Task[Any]] = set()
        batch: list[Answer] = []
        for answer in made:
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
    return time.perf_counter() - began - made.seconds


async def measure(plan: Plan) -> Sequence[Figure]:
    """Both ways, fresh and again, the same rows."""
    entities = plan.size(200_000, 3_000)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with servers(with_redis=False) as found:
        async with found.store() as store:
            warm, one, two = (str(uuid.uuid4()) for _ in range(3))
            try:
                await ours(store, answers(3_000, at), warm)  # plans are made once
                nodes, links = rows_of(list(answers(entities, at)), two)
                memory.settle()  # as every role does
                plan.say(f"ingest: the driver writes {entities:,} entities")
                bare_s = await bare(store, nodes, links, two)
                plan.say(f"ingest: {bare_s:.1f} s; Mirage writes them")
                ours_s = await ours(store, answers(entities, at), one)
                plan.say(f"ingest: {ours_s:.1f} s; both again")
                bare_again_s = await bare(store, nodes, links, two)
                later = at + timedelta(days=1)
                ours_again_s = await ours(store, answers(entities, later), one)
                plan.say(f"ingest: {bare_again_s:.1f} s and {ours_again_s:.1f} s")
            finally:
                for org in (warm, one, two) if found.is_neo4j_given else ():
                    await wipe(store, org)
    facts = sum(map(len, nodes.values())) + sum(map(len, links.values()))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure.beside("new facts", ours_s, bare_s, "s", Goal(1.6)),
        Figure.beside("the same again", ours_again_s, bare_again_s, "s", Goal(1.0)),
        Figure("new facts a second", facts / ours_s, "facts/s", facts / bare_s),
        Figure("peak memory of this process", peak_mb, "MiB", note="the reference's rows included"),
    ]
