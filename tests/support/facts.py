"""Short ways to say facts and answers in tests, and to read a whole organization back as sets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact
from graph.store import Store

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def moment(second: float) -> datetime:
    """A moment some seconds after the tests' epoch."""
    return datetime.fromtimestamp(EPOCH.timestamp() + second, UTC)


def answer(
    about: Entity,
    second: float,
    *facts: Fact,
    collector: str = "test.one",
    outcome: Outcome | None = None,
    reliability: float = 0.8,
    nonce: str = "",
    run: str = "",
) -> Answer:
    """One answer at `second`; ABSENT without facts unless told otherwise."""
    at = moment(second)
    return Answer(
        about, collector, outcome or (Outcome.FOUND if facts else Outcome.ABSENT), at, at, facts,
        reliability=reliability, nonce=nonce, run=run,
    )  # fmt: skip


def new_org() -> str:
    """An organization id that no other test has."""
    return str(uuid.uuid4())


FACTS = """
MATCH (n:Entity {org: $org})
RETURN 'entity' AS what, n.id AS id, [l IN labels(n) WHERE l <> 'Entity'] AS kind, properties(n) AS p,
       [(n)-[:WAS]->(v) | properties(v)] AS versions
UNION ALL
MATCH (a:Entity {org: $org})-[r]->(b:Entity)
RETURN 'relationship' AS what, r.id AS id, [type(r), a.key, b.key] AS kind, properties(r) AS p, [] AS versions
UNION ALL
MATCH (c:Claim {org: $org})
RETURN 'claim' AS what, c.id AS id, [] AS kind, c {.observed_at, .answer, .content_since, .doubt, .latest} AS p,
       [] AS versions
UNION ALL
MATCH (o:Observation {org: $org})
RETURN 'observation' AS what, o.id AS id, [o.outcome] AS kind, o {.ended_at, .answer, .doubt} AS p, [] AS versions
"""

# The write path's own bookkeeping may differ with the order of writing; what it decides may not.
_OWN = {"supported_at", "dropped_at", "valued_at"}


async def dump(store: Store, org: str) -> dict[tuple[str, str, str], Any]:
    """Everything an organization holds, in a form that two graphs can be compared by."""
    rows = await store.read(FACTS, {"org": org})
    found: dict[tuple[str, str, str], Any] = {}
    for row in rows:
        mark = str(row["p"].get("from", "")) if row["what"] == "relationship" else ""
        found[(row["what"], row["id"], mark)] = (
            sorted(map(str, row["kind"]))
            if row["what"] == "entity"
            else [str(k) for k in row["kind"]],
            _comparable(row["p"]),
            sorted((_comparable(v) for v in row["versions"]), key=str),
        )
    return found


def _comparable(properties: dict[str, Any]) -> dict[str, str]:
    skipped = _OWN
    if "supports" in properties and "holds_since" not in properties and "past" not in properties:
        skipped = _OWN | {
            "first_seen",
            "last_seen",
        }  # never held: these only say when somebody looked
    return {k: str(v) for k, v in sorted(properties.items()) if k not in skipped}


def without_org(graph: dict[tuple[str, str, str], Any], _: Sequence[str] = ()) -> list[str]:
    """The kinds and properties of a dump without ids, for comparing two organizations."""
    return sorted(
        str(
            (
                kind,
                {k: v for k, v in p.items() if k not in ("id", "org", "latest", "answer")},
                len(versions),
            )
        )
        for kind, p, versions in graph.values()
    )
