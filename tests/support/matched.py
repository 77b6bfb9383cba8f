"""Pairs of entities in what `tests.support.everything` writes: one that everybody may read, and hidden ones."""

from __future__ import annotations

from datetime import UTC, datetime

from graph.correlate.anchors import Touched
from graph.identity import pairs
from graph.identity.comparing import Resolver
from graph.identity.deciding import Deciding, Verdict
from graph.model.intelligence import IntrusionSet, ThreatActor
from graph.model.party import Person
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import answer
from tests.support.ontology import one_of_each

AT = datetime(2026, 1, 1, 0, 0, 45, tzinfo=UTC)


def pair_of(org: str) -> tuple[str, str]:
    """The ids of the two that may be one: both examples have one name."""
    ones = one_of_each()
    return ones[ThreatActor].id_in(org), ones[IntrusionSet].id_in(org)


def open_match(org: str) -> str:
    """The id of their pair."""
    return pairs.match_id(org, *pair_of(org))


def hidden_pair(org: str) -> tuple[str, str]:
    """The ids of two of whom one is hidden."""
    known, twin = one_of_each()[Person], _twin()
    return known.id_in(org), twin.id_in(org)


def hidden_match(org: str) -> str:
    """The id of their pair."""
    return pairs.match_id(org, *hidden_pair(org))


async def match_open(store: Store, org: str, user: str) -> None:
    """Compare what is open, and have somebody decide that two are one."""
    await Resolver(store).compare(org, Touched.of(pair_of(org)), AT)
    await _decide(store, org, open_match(org), user)


async def match_hidden(store: Store, org: str, user: str, tlp: str) -> None:
    """Write a hidden twin of somebody who is open, and have somebody decide that they are one."""
    twin = _twin()
    async with Writer(store) as writer:
        await writer.write(org, [answer(twin, 20, twin, collector="test.twins", tlp=tlp)])
    await Resolver(store).compare(org, Touched.of(hidden_pair(org)), AT)
    await _decide(store, org, hidden_match(org), user)


_ALIKE = """
MATCH (other:Entity {id: $other}) MATCH (own:Entity {id: $own})
MERGE (other)-[alike:SIMILAR_TO {id: $alike}]->(own)
SET alike.org = $org, alike.ways = ['OMISSION'], alike.score = 0.8, alike.since = datetime('2026-01-01T00:00:45Z'),
    alike.reason = other.key + ' looks like ' + own.key
"""


async def write_alike(store: Store, org: str, alike: str, other: str, own: str) -> None:
    """Write that a name looks like one's own as `match/upsert_alike` does."""
    given = {"alike": alike, "other": other, "own": own, "org": org}
    await store.execute(_ALIKE, given)


async def _decide(store: Store, org: str, match: str, user: str) -> None:
    act = Deciding(store, org, f"{user}@x.example", AT, f"{org}-{match}")
    await act.decide([match], Verdict.ACCEPTED, "The same words.")


def _twin() -> Person:
    known = one_of_each()[Person]
    assert isinstance(known, Person)
    return known.model_copy(
        update={"source": "zebra-twins", "key": known.key.replace(known.source, "zebra-twins")}
    )
