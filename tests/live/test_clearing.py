"""What would clear a finding: found by trying, true when it is done, and nothing is changed by asking."""

from __future__ import annotations

from typing import Any

import pytest

from graph.correlate import cases as case_files
from graph.correlate import rules as rule_files
from graph.correlate.books import Rulebook
from graph.correlate.cases import Case
from graph.correlate.clearing import Basis, would_clear
from graph.correlate.engine import Engine
from graph.errors import NotFound
from graph.store import Store
from tests.live.test_rules import write
from tests.support.correlating import findings
from tests.support.facts import new_org

KNOWN = ("tls.expired", "exp.origin_behind_cdn", "dns.single_point", "inf.shared_ssh_key")
CASES = [each for each in case_files.load() if each.rule in KNOWN and each.proves == "fires"]
STATE = """
MATCH (a:Entity {org: $org})
OPTIONAL MATCH (a)-[r]->(b:Entity)
RETURN a.id AS a, a.holds_since AS since, r.id AS r, r.holds_since AS holds_since
ORDER BY a, r
"""
END = "MATCH (:Entity {org: $org})-[r]->(:Entity) WHERE r.id IN $links SET r.holds_since = null"
BREACHES = """
now: 2026-06-01T12:00:00Z
cases:
  - name: five breaches, where three would be enough
    proves: fires
    entities:
      who: {EmailAddress: ada@orrery.example}
      a: {Breach: "a¦2026-01"}
      b: {Breach: "b¦2026-02"}
      c: {Breach: "c¦2026-03"}
      d: {Breach: "d¦2026-04"}
      e: {Breach: "e¦2026-05"}
    links:
      - who EXPOSED_IN a
      - who EXPOSED_IN b
      - who EXPOSED_IN c
      - who EXPOSED_IN d
      - who EXPOSED_IN e
    finds:
      - {subject: who, evidence: [a, b, c, d, e]}
"""


def book_of(case: Case) -> Rulebook:
    return Rulebook({case.rule: rule_files.load()[case.rule]}, {case.rule: case.params})


async def found(store: Store, org: str, case: Case) -> dict[str, Any]:
    touched = await write(store, org, case, rule_files.load()[case.rule])
    await Engine(store, book_of(case)).evaluate(org, touched, case.now)
    return (await findings(store, org))[0]


def basis_of(finding: dict[str, Any]) -> Basis:
    return Basis(
        finding["id"],
        finding["rule"],
        finding["subject"],
        finding["evidence"],
        finding["evidence_relationships"],
    )


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_each_set_clears_it_and_asking_changes_nothing(store: Store, case: Case) -> None:
    org, book = new_org(), book_of(case)
    finding = await found(store, org, case)
    before = await store.read(STATE, {"org": org})

    sets = await would_clear(store, org, basis_of(finding), case.now, book)

    assert sets, "each of these rules rests on relationships"
    assert await store.read(STATE, {"org": org}) == before
    assert {each for one in sets for each in one} <= {*finding["evidence_relationships"]}
    await store.execute(END, {"org": org, "links": list(sets[0])})
    await Engine(store, book).evaluate_subjects(org, {case.rule: [finding["subject"]]}, case.now)
    states = {each["id"]: each["state"] for each in await findings(store, org)}
    assert states[finding["id"]] == "CLOSED"


async def test_where_no_single_one_would_do_as_few_as_do_are_told(store: Store) -> None:
    (case,) = case_files.parse("idn.multi_breach", "test.yaml", BREACHES)
    org = new_org()
    finding = await found(store, org, case)
    (one,) = await would_clear(store, org, basis_of(finding), case.now, book_of(case))
    assert len(one) == 3, "two breaches are no pile"


async def test_what_does_not_hold_needs_no_clearing_and_a_rule_that_is_gone_cannot_be_asked(
    store: Store,
) -> None:
    case = CASES[0]
    org = new_org()
    basis = basis_of(await found(store, org, case))
    with pytest.raises(NotFound, match="no rule"):
        await would_clear(store, org, basis, case.now, Rulebook({}))
    await store.execute(END, {"org": org, "links": list(basis.links)})
    assert await would_clear(store, org, basis, case.now, book_of(case)) == []
