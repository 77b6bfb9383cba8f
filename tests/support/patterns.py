"""Patterns of organizations: a text that works, keeping it, and what it should answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from graph.correlate.keeping import Change
from graph.patterns.books import Kept, patterns_of
from graph.patterns.keeping import Keeper
from graph.patterns.rows import read_rows
from graph.store import Limits, Store
from graph.writer import Written
from tests.support.correlating import NOW

LIMITS = Limits(timeout_s=30.0)
NAME = "presented"
TEXT = """
// title:       Certificates that services present
// summary:     A row for each service and certificate, with its last day.
// returns:
//              subject: NetworkService -- who presents it
//              evidence: list<TLSCertificate>
//              links: list<link>
//              until: datetime -- when it ends
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[presents:PRESENTS]->(certificate:TLSCertificate)
WHERE presents.holds_since IS NOT NULL
RETURN subject, [certificate] AS evidence, [presents.id] AS links, certificate.not_after AS until
""".strip()

BY_CERTIFICATE = """
// title: Certificates that are presented
// returns:
//   subject: TLSCertificate
//   evidence: list<NetworkService>
//   links: list<link>
//   services: int -- how many present it
UNWIND $touched AS id
MATCH (subject:Entity&TLSCertificate {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (service:NetworkService)-[presents:PRESENTS]->(subject)
WHERE presents.holds_since IS NOT NULL
WITH subject, collect(service) AS evidence, collect(presents.id) AS links
RETURN subject, evidence, links, size(evidence) AS services
""".strip()
"""The same facts by their other end, and a row that depends on all of a subject's neighbours."""

FAILS = TEXT.replace("certificate.not_after AS until", "1 / (subject.port - 443) AS until").replace(
    "until: datetime", "until: int"
)
"""The same, which the database plans and cannot carry out for port 443."""

ROWS = """
MATCH (r:PatternRow {org: $org})-[:SHOWS]->(s:Entity)
WHERE s.id = r.subject
RETURN r {.*} AS row, s.key AS subject
ORDER BY row.entered_at, subject, row.key
"""


def change(expects: int | None = None, name: str = "") -> Change:
    return Change("ann", name or str(uuid.uuid4()), expects=expects)


def keeper(store: Store, org: str, now: datetime = NOW, most: int = 50) -> Keeper:
    return Keeper(store, org, now, most)


async def save(store: Store, org: str, text: str = TEXT, name: str = NAME) -> str:
    """Keep a pattern; its id."""
    return await keeper(store, org).save(name, text, change())


async def pattern(store: Store, org: str, name: str = NAME) -> Kept:
    return next(each for each in await patterns_of(store, org) if each.name == name)


async def rows(store: Store, org: str) -> list[dict[str, Any]]:
    """All rows that are stored, those that left among them."""
    found = await store.read(ROWS, {"org": org})
    return [{**each["row"], "subject_key": each["subject"]} for each in found]


async def inside(store: Store, org: str) -> list[str]:
    """Whom the rows are about that are in."""
    return sorted(
        str(each["subject_key"]) for each in await rows(store, org) if "left_at" not in each
    )


async def full_answer(store: Store, org: str, name: str = NAME) -> set[str]:
    """The keys of all rows that the pattern answers with now, asked at once for everything."""
    kept = await pattern(store, org, name)
    assert kept.asks
    wanted = f"MATCH (n:{kept.asks.subject}) WHERE n.org = $org AND n.key > '' RETURN collect(n.id)"
    ids = await store.read_single(wanted, {"org": org})
    given = {"org": org, "now": NOW, "touched": ids}
    columns, found = await store.read_some(kept.asks.text, given, 100_000, LIMITS)
    named = [dict(zip(columns, row, strict=True)) for row in found]
    return set(read_rows(kept.asks, org, set(ids), named))


def moved(written: Iterable[Written]) -> list[tuple[str, str]]:
    """What was told, in its order: what happened, and to which row."""
    return [(group.type, each) for one in written for group in one.events for each in group.ids]
