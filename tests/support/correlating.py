"""Rules on a real graph: write answers, tell the engine what they touched, read what it found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from graph.correlate import rules as rule_files
from graph.correlate.anchors import Touched
from graph.correlate.books import Rulebook
from graph.correlate.triage import Triage
from graph.facts import Answer, Outcome
from graph.model.base import Fact
from graph.model.certificate import Presents, TLSCertificate
from graph.model.network import NetworkService
from graph.store import Store
from graph.writer import EventGroup, Writer, Written

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

SITE = NetworkService(transport="tcp", address="192.0.2.80", port=443)
MAIL = NetworkService(transport="tcp", address="192.0.2.25", port=25)
OLD = TLSCertificate(sha256="0" * 64, not_after=datetime(2026, 5, 1, tzinfo=UTC))
NEW = TLSCertificate(sha256="1" * 64, not_after=datetime(2026, 12, 1, tzinfo=UTC))

FINDINGS = """
MATCH (f:Finding {org: $org})-[:ABOUT]->(s:Entity)
RETURN f {.*} AS finding, s.key AS subject
ORDER BY subject, f.id
"""


def rulebook(*rules: str) -> Rulebook:
    known = rule_files.load()
    return Rulebook({name: known[name] for name in rules})


async def write(store: Store, org: str, *answers: Answer) -> Touched:
    async with Writer(store) as writer:
        return touched_by(await writer.write(org, answers))


def touched_by(written: Written) -> Touched:
    ends = {name: frozenset(ids) for name, ids in written.ends.items()}
    return Touched(frozenset(written.touched).difference(*ends.values()), ends)


async def findings(store: Store, org: str) -> list[dict[str, Any]]:
    rows = await store.read(FINDINGS, {"org": org})
    return [{**row["finding"], "subject_key": row["subject"]} for row in rows]


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def presents(service: NetworkService, certificate: TLSCertificate | None, at: datetime) -> Answer:
    """What a handshake with `service` gives: a certificate, or nothing."""
    facts: tuple[Fact, ...] = ()
    if certificate is not None:
        facts = (service, Presents(source=service, target=certificate))
    outcome = Outcome.FOUND if facts else Outcome.ABSENT
    return Answer(service, "tls.handshake", outcome, at, at, facts)


def told(events: Sequence[EventGroup]) -> list[tuple[str, str]]:
    return sorted((event.type, event.data["rule"]) for event in events)


def acting(store: Store, org: str, now: datetime, by: str = "ann@example.com") -> Triage:
    """What somebody does with findings at a moment."""
    return Triage(store, org, by, now, str(uuid.uuid4()))
