"""Compares what should be in the graph with what is: facts of two graphs, and acts of the journal with their traces.

The comparing is pure. A fact here has no ids and no times, so that two runs of the same scan have the same facts.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.store import Store

Fact = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What a disturbed run has less and more than it should: `doubled` counts repeats and what should not be at all."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


def difference(wanted: Mapping[Fact, int], found: Mapping[Fact, int]) -> Difference:
    """What is missing from `found` and what is in it too often, each as many times as it is so."""
    lost, doubled = Counter(wanted), Counter(found)
    lost.subtract(found)
    doubled.subtract(wanted)
    return Difference(_told(lost), _told(doubled))


def balance(acknowledged: Iterable[str], present: Iterable[str]) -> Difference:
    """Acts that were acknowledged and are not there, and acts that are there more than once.

    What is there without having been acknowledged is neither: its answer was lost on the way.
    """
    there = Counter(present)
    lost = sorted(set(acknowledged) - there.keys())
    return Difference(
        tuple(lost), tuple(sorted(name for name, count in there.items() if count > 1))
    )


def digest(facts: Mapping[Fact, int]) -> str:
    """A short hash that is equal where all facts are, each as often."""
    text = json.dumps(sorted((list(fact), count) for fact, count in facts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told(counts: Counter[Fact]) -> tuple[str, ...]:
    return tuple(sorted(" ".join(fact) for fact in (+counts).elements()))


# Sums of what supports a fact are exact, so an effect that counted twice shows in them, too.
_ENTITIES = """
MATCH (n:Entity {org: $org})
RETURN ['entity', reduce(all = '', l IN labels(n) | all + l + ' '), n.key, toString(n.supports),
        toString(n.holds_since IS NOT NULL)] AS fact
"""
_RELATIONSHIPS = """
MATCH (a:Entity {org: $org})-[r]->(b:Entity)
RETURN ['relationship', type(r), a.key, b.key, toString(r.supports), toString(r.holds_since IS NOT NULL)] AS fact
"""
_OBSERVATIONS = """
MATCH (o:Observation {org: $org})-[:OF]->(n:Entity)
CALL (o) { OPTIONAL MATCH (o)-[:PRODUCED]->(p:Entity) WITH p.key AS key ORDER BY key RETURN collect(key) AS produced }
RETURN ['observation', o.collector, o.part, o.outcome, n.key] + produced AS fact
"""
_CLAIMS = """
MATCH (c:Claim {org: $org}) MATCH (n:Entity {id: c.about})
RETURN ['claim', c.collector, c.part, n.key] AS fact
"""


async def facts_of(store: Store, org: str) -> Counter[Fact]:
    """All that is known in an organization, and how often it is there; bounded by its size."""
    found: Counter[Fact] = Counter()
    for text in (_ENTITIES, _RELATIONSHIPS, _OBSERVATIONS, _CLAIMS):
        rows = await store.read(text, {"org": org})
        found.update(tuple(part or "" for part in row["fact"]) for row in rows)
    return found
