"""Entities that may be one on a real graph: write records, compare, decide, and say what the graph then is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from graph.facts import Answer, Outcome
from graph.identity.comparing import Compared, Resolver
from graph.identity.deciding import Deciding
from graph.identity.pairs import match_id
from graph.model.affiliation import EmployedBy, HasEmail, HasPhone, HasWebsite
from graph.model.base import Entity, Fact, Relationship
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import DomainName
from graph.model.party import LegalEntity, Person
from graph.store import Store
from tests.support.correlating import NOW, write

PAIRS = """
MATCH (pair:Match {org: $org})
MATCH (left:Entity {id: pair.left}), (right:Entity {id: pair.right})
RETURN pair {.*} AS pair, left.key AS left, right.key AS right
ORDER BY left, right
"""
SAME = (
    "MATCH (one:Entity {org: $org})-[:SAME_AS]->(other) RETURN one.key AS one, other.key AS other"
)
# All that collecting and comparing made, without the record of decisions and without times.
WORLD = """
MATCH (n) WHERE n.org = $org AND NOT n:IdentityDecision AND NOT n:Outbox AND NOT (n:Match AND n.state = 'WITHDRAWN')
RETURN labels(n) AS kinds, n {.*, changed_at: null, raised_at: null} AS values, COLLECT {
  MATCH (n)-[r]->(m) RETURN [type(r), coalesce(r.id, ''), m.id] ORDER BY type(r), m.id
} AS links
ORDER BY n.id
"""

EXAMPLE = LegalEntity(
    jurisdiction="GB", registration_number="1234567", name="Example Instruments Ltd"
)
EXAMPLE_TOO = LegalEntity(wikidata_id="Q42", name="Example Instruments Limited")
SITE = DomainName(name="example-instruments.com")
MAILBOX = EmailAddress(address="jane.doe@example-instruments.com")


def person(record: str, name: str, birth_date: str | None = None, **more: Any) -> Person:
    """A person as a register knows them."""
    return Person(source="register", record_id=record, name=name, birth_date=birth_date, **more)


def answer(
    about: Entity, *facts: Fact, at: datetime = NOW, collector: str = "register.look", tlp: str = ""
) -> Answer:
    """What a source tells of an entity, itself first."""
    return Answer(about, collector, Outcome.FOUND, at, at, (about, *facts), tlp=tlp)


def reached(
    who: LegalEntity | Person, *values: DomainName | EmailAddress | PhoneNumber
) -> tuple[Fact, ...]:
    """That somebody has these."""
    found: list[Fact] = []
    for value in values:
        found += [value, _link(who, value)]
    return tuple(found)


def _link(
    who: LegalEntity | Person, value: DomainName | EmailAddress | PhoneNumber
) -> Relationship:
    if isinstance(value, DomainName):
        return HasWebsite(source=who, target=value)
    if isinstance(value, EmailAddress):
        return HasEmail(source=who, target=value)
    return HasPhone(source=who, target=value)


EMPLOYEE = person("1", "Jane Doe")
STAFF = answer(EMPLOYEE, EmployedBy(source=EMPLOYEE, target=EXAMPLE))
SITES = answer(EXAMPLE, *reached(EXAMPLE, SITE))
"""With STAFF: that MAILBOX lies at whom EMPLOYEE works for."""


async def tell(
    store: Store, org: str, *answers: Answer, now: datetime = NOW
) -> list[tuple[str, int]]:
    """Write answers and compare what they touched; gives what happened to pairs, and to how many."""
    touched = await write(store, org, *answers)
    return happened(await Resolver(store).compare(org, touched, now))


def happened(done: Compared) -> list[tuple[str, int]]:
    """What happened to pairs, and to how many."""
    types = [event.type for written in done.written for event in written.events]
    return sorted((each, types.count(each)) for each in set(types))


async def pairs(store: Store, org: str) -> list[dict[str, Any]]:
    """The pairs, with the keys of both sides."""
    rows = await store.read(PAIRS, {"org": org})
    return [{**row["pair"], "left_key": row["left"], "right_key": row["right"]} for row in rows]


async def states(store: Store, org: str) -> list[str]:
    """How the pairs stand, in order of their sides' keys."""
    return [pair["state"] for pair in await pairs(store, org)]


async def same(store: Store, org: str) -> set[frozenset[str]]:
    """The pairs of keys that are joined."""
    rows = await store.read(SAME, {"org": org})
    return {frozenset((row["one"], row["other"])) for row in rows}


async def world(store: Store, org: str) -> str:
    """A digest of all that is in the graph but the record of decisions."""
    rows = await store.read(WORLD, {"org": org})
    assert rows
    told = [
        (sorted(row["kinds"]), sorted(row["values"].items(), key=str), row["links"]) for row in rows
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def deciding(
    store: Store,
    org: str,
    now: datetime = NOW,
    by: str = "ann@example.com",
    readable: Sequence[str] | None = None,
) -> Deciding:
    """What somebody decides at a moment."""
    return Deciding(
        store, org, by, now, str(uuid.uuid4()), None if readable is None else list(readable)
    )


async def stated_pair(store: Store, org: str) -> tuple[str, str, str]:
    """Two people of an organization who may be one: their ids, and the pair's."""
    one, other = person("1", "Jane Doe", "1980-05-01"), person("2", "Doe, Jane", "1980-05-01")
    await tell(store, org, answer(one), answer(other))
    left, right = one.id_in(org), other.id_in(org)
    return left, right, match_id(org, left, right)
