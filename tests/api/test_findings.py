"""Findings as a list: which ones, in which order, page by page; and one by its id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer

SUBJECT = DomainName(name="orrery.example")
# Name, rule, severity, state, and on which day it was opened.
KNOWN = [
    ("a", "dns.takeover", "HIGH", "OPEN", 1),
    ("b", "tls.expired", "CRITICAL", "OPEN", 2),
    ("c", "tls.expired", "HIGH", "OPEN", 3),
    ("d", "tls.weak", "INFO", "OPEN", 4),
    ("e", "tls.weak", "LOW", "CLOSED", 5),
    ("f", "tls.weak", "MEDIUM", "SUPPRESSED", 6),
    ("g", "dns.takeover", "HIGH", "OPEN", 3),
]
RISKS = {"a": 10.0, "b": 30.0, "c": 30.0, "d": 2.5}  # of the others it was not said yet
MAKE = """
MATCH (n:Entity {id: $subject})
UNWIND $findings AS each
CREATE (f:Finding {id: $org + each.name, org: $org, rule: each.rule, severity: each.severity, title: each.name,
  risk: each.risk, risk_exposure: 'ANSWERS', risk_specificity: 0.6, risk_shared_by: 100, risk_is_common: false,
  risk_criticality: 'HIGH', state: each.state, fingerprint: each.name,
  subject: $subject, score: 0.5, confidence: 0.9, evidence: [$subject],
  evidence_relationships: [], details: '{}', opened_at: each.at, first_opened_at: each.at, changed_at: each.at})
CREATE (f)-[:ABOUT]->(n)
"""
LIST = """query L($first: Int, $after: String, $states: [FindingState!], $severities: [Severity!], $rules: [String!],
                  $by: FindingOrder! = SEVERITY, $where: FindingWhere) {
  findings(first: $first, after: $after, states: $states, severities: $severities, rules: $rules, orderBy: $by,
           where: $where) {
    totalCount pageInfo { hasNextPage endCursor } nodes { title } } }"""


async def make_findings(store: Store, caller: Caller) -> None:
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(SUBJECT, 1, SUBJECT)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    findings = [
        {"name": name, "rule": rule, "severity": severity, "state": state, "at": start + timedelta(days=day),
         "risk": RISKS.get(name)}
        for name, rule, severity, state, day in KNOWN
    ]  # fmt: skip
    params = {"org": caller.org, "subject": SUBJECT.id_in(caller.org), "findings": findings}
    await store.execute(MAKE, params)


def titles(page: dict[str, Any]) -> str:
    return "".join(node["title"] for node in page["nodes"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "bcgad"),  # open ones, gravest first, of equal ones the latest first
        ({"by": "OPENED_AT"}, "dcgba"),
        ({"by": "RISK"}, "cbadg"),
        ({"where": {"leastRisk": 10.0}}, "bca"),
        ({"where": {"leastRisk": 10.5}, "by": "OPENED_AT"}, "cb"),
        ({"where": {"leastRisk": 2.5}, "by": "RISK", "severities": ["INFO"]}, "d"),
        ({"states": ["CLOSED", "SUPPRESSED"]}, "fe"),
        ({"severities": ["HIGH"]}, "cga"),
        ({"rules": ["tls.expired", "tls.weak"]}, "bcd"),
        ({"rules": ["tls.weak"], "severities": ["LOW"], "states": ["CLOSED"]}, "e"),
        ({"rules": []}, ""),
    ],
)
async def test_which_ones_in_which_order(
    caller: Caller, store: Store, asked: dict[str, Any], told: str
) -> None:
    await make_findings(store, caller)
    page = (await caller.ask(LIST, **asked))["findings"]
    assert (titles(page), page["totalCount"]) == (told, len(told))


@pytest.mark.parametrize(
    ("by", "told"), [("SEVERITY", "bcgad"), ("OPENED_AT", "dcgba"), ("RISK", "cbadg")]
)
@pytest.mark.parametrize("first", [1, 2, 3])
async def test_pages_give_each_once(
    caller: Caller, store: Store, by: str, told: str, first: int
) -> None:
    await make_findings(store, caller)
    seen, after = "", None
    while True:
        page = (await caller.ask(LIST, first=first, after=after, by=by))["findings"]
        assert page["totalCount"] == len(told)
        seen += titles(page)
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert len(page["nodes"]) == first
        after = page["pageInfo"]["endCursor"]
    assert seen == told


async def test_one_by_its_id_and_nobody_elses(make_caller: MakeCaller, store: Store) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await make_findings(store, mine)
    query = "query F($id: ID!) { finding(id: $id) { title severity state subject { key } } }"

    found = await mine.ask(query, id=f"{mine.org}b")
    assert found["finding"] == {
        "title": "b",
        "severity": "CRITICAL",
        "state": "OPEN",
        "subject": {"key": "orrery.example"},
    }
    assert (await mine.ask(query, id="unknown"))["finding"] is None
    assert (await theirs.ask(query, id=f"{mine.org}b"))["finding"] is None
    assert (await theirs.ask(LIST))["findings"]["totalCount"] == 0


PARTS = "risk { score parts { name factor reason __typename } __typename } title"


async def test_a_risk_is_told_with_its_parts_wherever_the_finding_stands(
    caller: Caller, store: Store
) -> None:
    await make_findings(store, caller)
    listed = (await caller.ask(f"{{ findings {{ nodes {{ {PARTS} }} }} }}"))["findings"]["nodes"]
    by_title = {each["title"]: each["risk"] for each in listed}
    assert by_title["g"] is None
    risk = by_title["a"]
    assert (risk["score"], risk["__typename"]) == (10.0, "FindingRisk")
    assert {part["name"]: part["factor"] for part in risk["parts"]} == {
        "SEVERITY": 0.8, "CONFIDENCE": 0.45, "EXPOSURE": 1.0, "SPECIFICITY": 0.6, "CRITICALITY": 0.85,
    }  # fmt: skip
    assert "known of 100" in next(p for p in risk["parts"] if p["name"] == "SPECIFICITY")["reason"]

    query = f'{{ domainName(key: "{SUBJECT.name}") {{ findings {{ nodes {{ {PARTS} }} }} }} }}'
    below = (await caller.ask(query))["domainName"]["findings"]["nodes"]
    assert {each["title"]: each["risk"] for each in below if each["title"] in by_title} == by_title
