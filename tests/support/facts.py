"""Short ways to say facts and answers in tests, and to read a whole organization back as sets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from graph.facts import Answer, Outcome
from graph.model.base import Entity, Fact, Relationship
from graph.store import Store
from graph.writer import Writer

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
    tlp: str = "",
) -> Answer:
    """One answer at `second`; ABSENT without facts unless told otherwise."""
    at = moment(second)
    return Answer(
        about, collector, outcome or (Outcome.FOUND if facts else Outcome.ABSENT), at, at, facts,
        reliability=reliability, nonce=nonce, run=run, tlp=tlp,
    )  # fmt: skip


def new_org() -> str:
    """An organization id that no other test has."""
    return str(uuid.uuid4())


FACTS = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})
RETURN 'entity' AS what, [l IN labels(n) WHERE l <> 'Entity'] + [n.key] AS name, properties(n) AS p,
       [(n)-[:WAS]->(v) | properties(v)] AS versions
UNION ALL
UNWIND $ids AS id
MATCH (a:Entity {id: id})-[r]->(b:Entity)
RETURN 'relationship' AS what, [type(r), a.key, b.key, coalesce(r.rrtype, '')] AS name, properties(r) AS p,
       [] AS versions
UNION ALL
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[:OF]-(o:Observation)
MATCH (c:Claim {id: o.claim})
RETURN 'claim' AS what, [n.key, o.collector] AS name, c {.observed_at, .content_since, .doubt} AS p,
       [] AS versions
UNION ALL
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[:OF]-(o:Observation)
RETURN 'observation' AS what, [n.key, o.collector, o.outcome, toString(o.ended_at)] AS name, o {.doubt} AS p,
       [] AS versions
"""

# Ids and hashes contain the organization; the write path's own bookkeeping may differ with the order of writing,
# what it decides may not.
_SKIPPED = {"id", "org", "value_hash", "supported_at", "dropped_at", "valued_at", "agreeing"}

Graph = dict[tuple[str, ...], list[Any]]


async def dump(store: Store, org: str, entities: Sequence[Entity]) -> Graph:
    """All that `org` holds of and around `entities`, without ids, so that two graphs can be compared."""
    rows = await store.read(FACTS, {"ids": [entity.id_in(org) for entity in entities]})
    found: Graph = {}
    for row in rows:
        mark = str(row["p"].get("from", "")) if row["what"] == "relationship" else ""
        versions = sorted((_comparable(v) for v in row["versions"]), key=str)
        place = (row["what"], *sorted(row["name"][:-1]), row["name"][-1], mark)
        found.setdefault(place, []).append((_comparable(row["p"]), versions))
        found[place].sort(key=str)
    return found


def _comparable(properties: dict[str, Any]) -> dict[str, str]:
    skipped = _SKIPPED
    if "supports" in properties and "holds_since" not in properties and "past" not in properties:
        skipped = _SKIPPED | {
            "first_seen",
            "last_seen",
        }  # never held: these say when somebody looked
    return {k: str(v) for k, v in sorted(properties.items()) if k not in skipped}


WIPE = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})
OPTIONAL MATCH (n)<-[:OF|PRODUCED]-(o:Observation)
OPTIONAL MATCH (c:Claim {id: o.claim})
OPTIONAL MATCH (n)-[:WAS]->(v:Version)
DETACH DELETE c, o, v, n
"""


async def wipe(store: Store, org: str, entities: Sequence[Entity]) -> None:
    """Remove `entities` with all that was said of them."""
    await store.execute(WIPE, {"ids": [entity.id_in(org) for entity in entities]})
    await store.execute("MATCH (o:Outbox {org: $org}) DELETE o", {"org": org})


async def stated(store: Store, org: str, second: float, *links: Relationship, **more: Any) -> None:
    """Let each of some relationships be stated by a collector of its own, `test.SECOND.N`."""
    async with Writer(store) as writer:
        said = [
            answer(link.source, second, link, collector=f"test.{second}.{n}", **more)
            for n, link in enumerate(links)
        ]
        await writer.write(org, said)
