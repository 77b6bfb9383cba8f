"""Fills a new organization with answers as the write path stores them, but without reading anything back.

The write path locks and reads the state of all that a group of answers touches. Nothing is there to read where the
organization is new, so all answers go through one ledger in memory, and its rows in large batches to the database.
No entry is left in the write log: rules are to see it all as settled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graph.encoding import Encoded, encode
from graph.facts import Answer
from graph.ledger import Ledger, Slot
from graph.rebuild import rebuild_facts
from graph.rows import (
    Statement,
    Times,
    claim_statements,
    entity_statements,
    observation_statements,
    relationship_statements,
)
from graph.store import Limits, Store, Transaction

AT_A_TIME = 5_000  # rows of a transaction
PATIENCE = Limits(300, 10)
_REACHED = """
MERGE (run:Run {id: $run})
ON CREATE SET run.org = $org, run.state = 'FINISHED', run.created_at = $at
WITH run UNWIND $rows AS row
MATCH (found:Entity {id: row[0]})
CREATE (run)-[:REACHED {distance: row[1]}]->(found)
"""


def ledger_of(org: str, answers: Iterable[Answer]) -> tuple[Ledger, list[Encoded]]:
    """All that `answers` make of an organization that holds nothing yet. They are applied in order of their time."""
    ledger = Ledger()
    encoded = {one.observation: one for one in (encode(org, answer) for answer in answers)}
    applied = sorted(encoded.values(), key=lambda one: (one.at, one.observation))
    for one in applied:
        make_room(ledger, one)
        ledger.apply(one)
    return ledger, applied


def make_room(ledger: Ledger, one: Encoded) -> None:
    """Have a place for each fact of an answer, as if nothing were stored of it."""
    about = one.answer.about
    ledger.entities.setdefault(one.about, Slot(type(about), about))
    for fact_id, entity in one.entities.items():
        ledger.entities.setdefault(fact_id, Slot(type(entity), entity))
    for fact_id, (fact, start, end) in one.relationships.items():
        ledger.relationships.setdefault(fact_id, Slot(type(fact), fact, ends=(start, end)))


async def fill(store: Store, org: str, ledger: Ledger, applied: Sequence[Encoded]) -> None:
    """Write a ledger whole."""
    times = Times()
    for text, given in statements(org, ledger, applied, times):
        for first in range(0, len(given["rows"]), AT_A_TIME):
            rows = given["rows"][first : first + AT_A_TIME]
            parameters = {"rows": rows, "org": org, "times": times.values()}
            await _execute(store, text, parameters)
    await store.transact(lambda tx: rebuild_facts(tx, org, ledger), limits=PATIENCE)


def statements(
    org: str, ledger: Ledger, applied: Sequence[Encoded], times: Times
) -> Iterator[Statement]:
    """The statements of the write path, each with all its rows."""
    yield from entity_statements(ledger, times)
    yield from relationship_statements(ledger, times)
    yield from observation_statements(org, ledger, times)
    yield from claim_statements(ledger, times, applied)


async def reach(
    store: Store, org: str, run: str, at: object, distances: Sequence[tuple[str, int]]
) -> None:
    """Have a run reached entities (by id), each at a distance."""
    for first in range(0, len(distances), AT_A_TIME):
        rows = [list(each) for each in distances[first : first + AT_A_TIME]]
        await _execute(store, _REACHED, {"run": run, "org": org, "at": at, "rows": rows})


async def _execute(store: Store, text: str, parameters: dict[str, Any]) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(text, parameters)

    await store.transact(work, limits=PATIENCE)
    await asyncio.sleep(0)
