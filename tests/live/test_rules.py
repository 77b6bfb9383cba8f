"""Every rule against its cases, on a real Neo4j, and what the database says of its plan."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import neo4j
import pytest
import pytest_asyncio

from graph.correlate import cases as case_files
from graph.correlate import rules as rule_files
from graph.correlate.anchors import Touched
from graph.correlate.books import Rulebook
from graph.correlate.cases import Case
from graph.correlate.engine import Engine
from graph.correlate.paths import CONCLUDED
from graph.correlate.rules import Rule
from graph.facts import Answer, Content, Outcome
from graph.identity.alikes import LookAlikes
from graph.model.base import Relationship
from graph.store import Store
from graph.writer import Writer
from tests.support.facts import new_org
from tests.support.investigation import write_investigation
from tests.support.stack import Neo4jAddress
from tests.support.thoroughness import some

HOWTO = Path(__file__).parents[2] / "docs/howto/add-a-rule.md"
RULES = list(rule_files.load().values())
CASES = case_files.load()

# Names that this database has no instance of so far; `checks` knows them all.
NOT_YET_SEEN = {"01N50", "01N51", "01N52"}

FINDINGS = """
MATCH (f:Finding {org: $org})-[:ABOUT]->(s:Entity)
RETURN f.state AS state, f.title AS title, f.score AS score, s.id AS subject,
       [(f)-[:RESTS_ON]->(e) | e.id] AS evidence, f.evidence AS evidence_ids,
       f.evidence_relationships AS links
"""
LINK_ENDS = """
MATCH (a:Entity {org: $org})-[r]->(b:Entity)
WHERE r.id IN $links
RETURN r.id AS id, a.id AS start, b.id AS end
"""


FIRES = [case for case in CASES if case.proves == "fires"]
# Whoever tries one rule tries all of it; all rules together take long.
TRIED = some(FIRES, 70) if os.environ.get("PYTEST_XDIST_TESTRUNUID") else FIRES
SCANNED = """
CREATE (run:Run {id: randomUUID(), org: $org})
WITH run UNWIND $reached AS row
MATCH (found:Entity {id: row[0]})
CREATE (run)-[:REACHED {distance: row[1]}]->(found)
"""


async def write(store: Store, org: str, case: Case, rule: Rule) -> tuple[str, ...]:
    """Write a case and give what that touched."""
    async with Writer(store) as writer:
        by_time = sorted(case.answers, key=lambda a: a.ended_at)
        touched: set[str] = set()
        for _, group in itertools.groupby(by_time, key=lambda a: a.ended_at):
            touched.update((await writer.write(org, list(group))).touched)
    if case.reached:
        reached = [[entity.id_in(org), distance] for entity, distance in case.reached]
        await store.execute(SCANNED, {"org": org, "reached": reached})
    return await concluded(store, org, rule, touched)


async def concluded(
    store: Store, org: str, rule: Rule, touched: Collection[str]
) -> tuple[str, ...]:
    """What was touched, and what that changed of what the rule reads and no source states."""
    types = {name for path in rule.paths for hop in path.hops for name in hop.types}
    if CONCLUDED.keys().isdisjoint(types):
        return tuple(sorted(touched))
    looked = await LookAlikes(store).compare(org, Touched.of(touched), datetime.now(UTC))
    return tuple(sorted({*touched, *looked.changed}))


def engine_of(store: Store, case: Case, rule: Rule | None = None) -> Engine:
    rule = rule or rule_files.load()[case.rule]
    return Engine(store, Rulebook({rule.id: rule}, {rule.id: case.params}))


@pytest.mark.parametrize("case", [each for each in CASES if each.proves != "fires"], ids=str)
async def test_finds_nothing_where_the_case_says_so(store: Store, case: Case) -> None:
    await check(store, case, rule_files.load()[case.rule])


@pytest.mark.parametrize("case", FIRES, ids=str)
async def test_finds_exactly_what_the_case_says(store: Store, case: Case) -> None:
    """By what was touched, all together and each subject alone: all find the same."""
    org = await check(store, case, rule_files.load()[case.rule])
    engine = engine_of(store, case)
    assert (await engine.pass_over(org, case.now)).events == []
    subjects = await store.read_single(
        "MATCH (n:Entity {org: $org}) RETURN collect(n.id)", {"org": org}
    )
    for subject in subjects:
        assert (await engine.evaluate(org, [subject], case.now)).events == []


async def test_the_example_of_the_howto_finds_what_its_cases_say(store: Store) -> None:
    page = HOWTO.read_text("utf-8")
    text = next(b for b in re.findall(r"```cypher\n(.*?)```", page, re.DOTALL) if "title" in b)
    cases = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    rule = rule_files.parse("exp.open_relay", "exp/open_relay.cypher", text)
    for case in case_files.parse(rule.id, "exp/open_relay.cases.yaml", cases):
        await check(store, case, rule)


async def check(store: Store, case: Case, rule: Rule) -> str:
    """Run `rule` on a case's graph and compare what it finds; gives the organization."""
    org = new_org()
    touched = await write(store, org, case, rule)

    await engine_of(store, case, rule).evaluate(org, touched, case.now)

    rows = await store.read(FINDINGS, {"org": org})
    found = sorted((r["subject"], tuple(sorted(r["evidence"]))) for r in rows)
    expected = sorted(
        (e.subject.id_in(org), tuple(sorted(n.id_in(org) for n in e.evidence))) for e in case.finds
    )
    assert found == expected
    for row in rows:
        assert row["state"] == "OPEN"
        assert row["title"]
        assert "None" not in row["title"]
        assert sorted(row["evidence"]) == row["evidence_ids"]
        await _check_links(store, org, row)
    for wanted in case.finds:
        basis = sorted(n.id_in(org) for n in wanted.evidence)
        subject = wanted.subject.id_in(org)
        row = next(r for r in rows if (r["subject"], sorted(r["evidence"])) == (subject, basis))
        if wanted.title is not None:
            assert row["title"] == wanted.title
        if wanted.score is not None:
            assert row["score"] == wanted.score
    return org


async def _check_links(store: Store, org: str, row: dict[str, Any]) -> None:
    """What a finding rests on is drawn as a graph: each link joins two of its entities."""
    ends = await store.read(LINK_ENDS, {"org": org, "links": row["links"]})
    basis = {row["subject"], *row["evidence"]}
    assert {e["id"] for e in ends} == set(row["links"])
    assert all({e["start"], e["end"]} <= basis for e in ends)


@pytest.mark.parametrize("case", TRIED, ids=str)
async def test_a_finding_does_not_outlive_what_it_rests_on(store: Store, case: Case) -> None:
    """Each relationship of the case is taken back and stated again: findings go and come with it."""
    org, rule, engine = new_org(), rule_files.load()[case.rule], engine_of(store, case)
    await engine.evaluate(org, await write(store, org, case, rule), case.now)
    before = await store.read(FINDINGS, {"org": org})
    at = max(answer.ended_at for answer in case.answers)
    for stated in case.answers:
        link = stated.facts[0] if stated.facts else None
        if not isinstance(link, Relationship) or stated.ended_at != last_of(case, stated):
            continue
        if link.id_in(org) in stated_elsewhere(case, stated, org):
            continue
        resting = [row for row in before if link.id_in(org) in row["links"]]
        for outcome, facts in ((Outcome.ABSENT, ()), (Outcome.FOUND, stated.facts)):
            at += timedelta(minutes=1)
            said = replace(stated, outcome=outcome, facts=facts, started_at=at, ended_at=at)
            async with Writer(store) as writer:
                written = await writer.write(org, [said])
            touched = await concluded(store, org, rule, written.touched)
            await engine.evaluate(org, touched, case.now)
            if not facts:
                now = await store.read(FINDINGS, {"org": org})
                open_links = {i for row in now if row["state"] == "OPEN" for i in row["links"]}
                assert not resting or link.id_in(org) not in open_links, str(link)
    after = await store.read(FINDINGS, {"org": org})
    if not case.rule.startswith("chg."):  # there, when a fact was seen is what counts
        assert {r["subject"] for r in after if r["state"] == "OPEN"} == {
            r["subject"] for r in before
        }


def stated_elsewhere(case: Case, stated: Answer, org: str) -> set[str]:
    """Relationships that other answers of the case state too, be it by what follows from an entity's key."""
    others = (answer for answer in case.answers if answer is not stated)
    return {link.id_in(org) for a in others for link in Content.of(a.facts).relationships.values()}


def last_of(case: Case, stated: Answer) -> datetime:
    """When the case's last answer of the same claim was given."""
    return max(a.ended_at for a in case.answers if (a.about, a.part) == (stated.about, stated.part))


@pytest.fixture(scope="module")
def driver(neo4j_server: Neo4jAddress) -> Iterator[neo4j.Driver]:
    auth = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth) as opened:
        yield opened


def leaves(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The operators that a plan begins with."""
    children = plan.get("children") or []
    if not children:
        yield plan
    for child in children:
        yield from leaves(child)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def _filled(store: Store) -> None:
    """Data: an empty graph is rightly read whole."""
    await write_investigation(store)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
@pytest.mark.usefixtures("_filled")
def test_parses_and_begins_at_an_index(driver: neo4j.Driver, rule: Rule) -> None:
    given = {**rule.parameters(), "org": "none", "touched": [], "now": None}
    with driver.session() as session:
        summary = session.run(f"EXPLAIN {rule.text}", given).consume()

    assert summary.query_type == "r"
    told = [n for n in summary.gql_status_objects if n.is_notification]
    assert [n.status_description for n in told if n.gql_status not in NOT_YET_SEEN] == []
    begins = [
        (leaf["operatorType"].partition("@")[0], leaf["args"].get("Details", ""))
        for leaf in leaves(summary.plan or {})
    ]
    assert [b for b in begins if not is_indexed(*b)] == []
    assert any(
        details.startswith("UNIQUE subject:Entity(id) WHERE id = id") for _, details in begins
    )


def is_indexed(operator: str, details: str) -> bool:
    """Whether a plan's beginning reads nothing, or what one unique id names."""
    if operator == "NodeUniqueIndexSeek":
        return any(f":{label}(id)" in details for label in ("Entity", "Claim"))
    if operator == "Unwind":
        return details.startswith("$touched ")
    return operator in ("Argument", "EmptyRow")
