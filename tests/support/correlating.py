"""Rules on a real graph: write answers, tell the engine what they touched, read what it found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from graph.correlate import rules as rule_files
from graph.correlate.anchors import Touched
from graph.correlate.evaluating import Rulebook
from graph.facts import Answer
from graph.store import Store
from graph.writer import Writer, Written

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

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
    ends = frozenset(written.ends)
    return Touched(frozenset(written.touched) - ends, ends)


async def findings(store: Store, org: str) -> list[dict[str, Any]]:
    rows = await store.read(FINDINGS, {"org": org})
    return [{**row["finding"], "subject_key": row["subject"]} for row in rows]


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)
