"""What the benchmark of rules fills a database with is what the write path would have stored."""

from __future__ import annotations

import itertools
from typing import Any

from bench._kit.caller import wipe
from bench._kit.commons import Commons
from bench._kit.estate import domains
from bench._kit.filling import fill, ledger_of
from bench._kit.incidents import firing, incidents
from bench.rules import NOW
from graph.correlate import rules as rule_files
from graph.facts import Answer
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import new_org

NODES = """
MATCH (n:Entity|Observation|Claim|Version|Evidence {org: $org})
RETURN collect([labels(n), properties(n)])
"""
LINKS = """
MATCH (a:Entity|Observation {org: $org})-[r]->(b)
RETURN collect([a.id, type(r), coalesce(b.id, ''), properties(r)])
"""


async def stored(store: Store, org: str) -> tuple[list[str], list[str]]:
    """All that an organization's answers left, but for the write log, in an order of its own."""
    found: list[list[str]] = []
    for text in (NODES, LINKS):
        rows: list[Any] = await store.read_single(text, {"org": org})
        found.append(sorted(str([*row[:-1], sorted(row[-1].items(), key=str)]) for row in rows))
    return found[0], found[1]


def answers() -> list[Answer]:
    """Some of everything: what is common, some domains, what rules look for, with facts that ended and came back."""
    commons = Commons(NOW, 100)
    made = [
        answer for each in itertools.islice(domains(commons, 100), 3) for answer in each.answers
    ]
    planted = [answer for each in incidents(1) for answer in each.answers]
    by_time = sorted([*commons.answers(), *made, *planted[:400]], key=lambda each: each.ended_at)
    return list({each.observation_id("any"): each for each in by_time}.values())


async def test_it_is_stored_as_the_write_path_stores_it(store: Store) -> None:
    org, given = new_org(), answers()
    async with Writer(store) as writer:
        for first in range(0, len(given), 200):
            await writer.write(org, given[first : first + 200])
    written = await stored(store, org)
    await wipe(store, org)
    await store.execute("MATCH (v:Version {org: $org}) DETACH DELETE v", {"org": org})

    ledger, applied = ledger_of(org, given)
    await fill(store, org, ledger, applied)

    filled = await stored(store, org)
    assert len(filled[0]) > 1000
    for ours, right in zip(filled, written, strict=True):
        assert set(ours) ^ set(right) == set()
        assert len(ours) == len(right)


def test_every_rule_has_something_planted() -> None:
    assert {case.rule for case in firing()} == set(rule_files.load())
