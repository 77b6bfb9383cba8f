"""What changed from one run of a scan to the next: gone is what was asked about again, and only that."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from graph.facts import Answer, Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer
from tests.api.conftest import Caller, MakeCaller
from tests.support.facts import answer, moment

NAME, OTHER = DomainName(name="heron.example"), DomainName(name="egret.example")
OLD, NEW, KEPT = (IPAddress(address=f"198.51.100.{last}") for last in (1, 2, 3))
ITEMS = "items { entity { key } link { type } } totalCount"
CHANGES = f"""query C($id: ID!) {{ run(id: $id) {{ previous {{ id }} changes {{
  appeared {{ {ITEMS} }} gone {{ {ITEMS} }} notRechecked {{ {ITEMS} }} }} }} }}"""
RUN = """
MERGE (s:Scan {id: $scan}) SET s.org = $org, s.name = 's', s.spec = $spec, s.created_at = datetime(),
  s.created_by = $user
CREATE (s)-[:RAN]->(r:Run {id: $run, org: $org, scan: $scan, name: 's', spec: $spec, state: $state, started_by: $user,
  created_at: datetime('2026-01-01T00:00:00Z') + duration({minutes: $number}), reached: 0, requests: 0, jobs_open: 0,
  jobs_done: 0, jobs_failed: 0})
"""
SPEC = '{"seeds": ["heron.example"], "budget": {"entities": 1, "requests": 1, "minutes": 1}}'


async def told(
    store: Store, caller: Caller, scan: str, number: int, *said: Answer, state: str = "FINISHED"
) -> str:
    """A run, the number in the order of the scan's runs, in which this was answered."""
    run = str(uuid.uuid4())
    given = {"scan": scan, "run": run, "org": caller.org, "user": caller.id, "spec": SPEC}
    await store.execute(RUN, {**given, "state": state, "number": number})
    async with Writer(store) as writer:
        await writer.write(caller.org, [replace(each, run=run) for each in said])
    return run


async def changes(caller: Caller, run: str) -> Any:
    return (await caller.ask(CHANGES, id=run))["run"]


def shown(part: dict[str, Any]) -> list[str]:
    found = [(each["entity"] or {}).get("key") or each["link"]["type"] for each in part["items"]]
    assert part["totalCount"] == len(found)
    return sorted(found)


def links(*addresses: IPAddress) -> list[ResolvesTo]:
    return [ResolvesTo(source=NAME, target=each, rrtype="A") for each in addresses]


async def test_gone_is_kept_apart_from_not_rechecked(caller: Caller, store: Store) -> None:
    scan = str(uuid.uuid4())
    first = await told(
        store, caller, scan, 1,
        answer(NAME, 10, *links(OLD, KEPT)),
        answer(NAME, 11, OTHER, collector="test.two"),
    )  # fmt: skip
    failed = answer(NAME, 21, collector="test.two", outcome=Outcome.ERROR)
    second = await told(store, caller, scan, 3, answer(NAME, 20, *links(NEW, KEPT)), failed)
    found = await changes(caller, second)
    assert found["previous"] == {"id": first}
    assert shown(found["changes"]["appeared"]) == [NEW.key, "RESOLVES_TO"]
    assert shown(found["changes"]["gone"]) == [OLD.key, "RESOLVES_TO"]
    assert shown(found["changes"]["notRechecked"]) == [OTHER.key]
    assert await changes(caller, first) == {"previous": None, "changes": None}
    await told(store, caller, scan, 2, state="CANCELLED")
    assert (await changes(caller, second))["previous"] == {"id": first}, "only what finished"
    third = await told(store, caller, scan, 4, answer(NAME, 30, *links(NEW, KEPT)))
    found = await changes(caller, third)
    assert found["previous"] == {"id": second}
    assert [shown(each) for each in found["changes"].values()] == [[], [], []]


async def test_nothing_of_what_is_hidden_is_shown_or_counted(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    scan = str(uuid.uuid4())
    await told(store, caller, scan, 1, answer(NAME, 10, *links(KEPT)))
    marked = answer(NAME, 21, OTHER, collector="test.two", tlp="RED")
    run = await told(store, caller, scan, 2, answer(NAME, 20, *links(KEPT)), marked)
    assert shown((await changes(caller, run))["changes"]["appeared"]) == [OTHER.key]
    low = await make_caller("ANALYST", caller, "CLEAR")
    assert shown((await changes(low, run))["changes"]["appeared"]) == []
    stranger = await make_caller()
    assert await changes(stranger, run) is None


FOUND = """query F($id: ID!) { run(id: $id) { changes {
  findingsOpened { totalCount nodes { title } } findingsCleared { totalCount nodes { title } } } } }"""
BETWEEN = """query B($from: ID!, $to: ID!) { runDiff(from: $from, to: $to) {
  findingsOpened { nodes { title } } findingsCleared { nodes { title } } } }"""
MADE = """
MATCH (n:Entity {id: $subject}) UNWIND $findings AS each
CREATE (:Finding {id: $org + each.title, org: $org, subject: n.id, rule: 'tls.weak', severity: 'LOW', title: each.title,
  state: each.state, fingerprint: each.title, score: 0.5, confidence: 0.5, details: '{}', opened_at: each.opened,
  first_opened_at: each.opened, closed_at: each.closed, changed_at: each.opened, past: each.past})-[:ABOUT]->(n)
"""


async def test_findings_are_told_that_came_and_went_from_run_to_run(
    caller: Caller, store: Store
) -> None:
    scan = str(uuid.uuid4())
    first = await told(store, caller, scan, 1, answer(NAME, 10, *links(OLD)))
    second = await told(store, caller, scan, 2, answer(NAME, 20, *links(OLD)))
    ended = "MATCH (r:Run {id: $run}) SET r.ended_at = $at"
    for run, second_of in ((first, 15), (second, 25)):
        await store.execute(ended, {"run": run, "at": moment(second_of)})
        await store.execute(
            "MATCH (r:Run {id: $run}) MATCH (n:Entity {id: $id}) MERGE (r)-[:REACHED {distance: 0}]->(n)",
            {"run": run, "id": NAME.id_in(caller.org)},
        )
    made = [
        ("new", "OPEN", 20, None, None),
        ("aside", "SUPPRESSED", 20, None, None),
        ("old", "OPEN", 5, None, None),
        ("over", "CLOSED", 5, 22, None),
        ("long over", "CLOSED", 5, 8, None),
        ("between", "CLOSED", 17, 22, None),
        ("back", "OPEN", 20, None, [5, 12]),
        ("was there", "OPEN", 30, None, [5, 22]),
    ]
    findings = [
        {
            "title": title, "state": state, "opened": moment(opened),
            "closed": None if closed is None else moment(closed),
            "past": [moment(each) for each in past] if past else None,
        }
        for title, state, opened, closed, past in made
    ]  # fmt: skip
    given = {"org": caller.org, "subject": NAME.id_in(caller.org), "findings": findings}
    await store.execute(MADE, given)
    found = (await caller.ask(FOUND, id=second))["run"]["changes"]
    assert {each["title"] for each in found["findingsOpened"]["nodes"]} == {"new", "aside", "back"}
    assert {each["title"] for each in found["findingsCleared"]["nodes"]} == {"over", "was there"}
    assert found["findingsOpened"]["totalCount"] == 3
    found = (await caller.ask(BETWEEN, **{"from": first, "to": second}))["runDiff"]
    assert {each["title"] for each in found["findingsOpened"]["nodes"]} == {"new", "aside", "back"}
    assert {each["title"] for each in found["findingsCleared"]["nodes"]} == {"over", "was there"}
    # What neither run had in scope is no change of theirs.
    await store.execute(
        "MATCH (:Run)-[r:REACHED]->(:Entity {id: $id}) DELETE r", {"id": NAME.id_in(caller.org)}
    )
    found = (await caller.ask(BETWEEN, **{"from": first, "to": second}))["runDiff"]
    assert found == {"findingsOpened": {"nodes": []}, "findingsCleared": {"nodes": []}}
