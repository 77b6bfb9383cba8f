"""Findings changed by conditions instead of by their ids: as many as were seen to be, or none."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from graph.store import Store
from server.graphql.findings import mutations
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_findings import make_findings

_TOLD = "count findings { title state triage } errors { message code }"
TRIAGE = f"""mutation T($ids: [ID!], $matching: FindingsMatching, $input: TriageInput!) {{
  triageFindings(ids: $ids, matching: $matching, input: $input) {{ {_TOLD} }} }}"""
SUPPRESS = f"""mutation S($matching: FindingsMatching!) {{
  suppressFindings(matching: $matching, reason: "known") {{ {_TOLD} }} }}"""
LIFT = f"mutation L($matching: FindingsMatching!) {{ liftSuppressions(matching: $matching) {{ {_TOLD} }} }}"
COUNT = "{ findings(where: {triage: [RESOLVED]}) { totalCount } }"
DONE = {"triage": "RESOLVED"}


@pytest.fixture(autouse=True)
async def found(store: Store, caller: Caller) -> None:
    """The findings a to g."""
    await make_findings(store, caller)


async def triage(caller: Caller, **given: Any) -> Any:
    return (await caller.ask(TRIAGE, input=DONE, **given))["triageFindings"]


async def resolved(caller: Caller) -> int:
    return int((await caller.ask(COUNT))["findings"]["totalCount"])


async def test_all_that_match_are_changed(caller: Caller) -> None:
    told = await triage(caller, matching={"rules": ["dns.takeover"], "count": 2})
    assert (told["errors"], told["count"]) == ([], 2)
    assert {each["title"] for each in told["findings"]} == {"a", "g"}
    assert {each["triage"] for each in told["findings"]} == {"RESOLVED"}
    assert await resolved(caller) == 2


async def test_where_others_match_than_were_seen_nothing_is_changed(caller: Caller) -> None:
    for matching in ({"rules": ["dns.takeover"], "count": 1}, {"count": 4}, {"count": 6}):
        told = await triage(caller, matching=matching)
        assert told["errors"][0]["code"] == "CONFLICT"
        assert "match now, not" in told["errors"][0]["message"]
        assert told["findings"] == []
    assert await resolved(caller) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either by ids or by matching"),
        ({"ids": ["x"], "matching": {"count": 1}}, "either by ids or by matching"),
        ({"matching": {"rules": [], "count": 0}}, "no finding does"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    caller: Caller, given: dict[str, Any], said: str
) -> None:
    told = await triage(caller, **given)
    assert said in told["errors"][0]["message"]
    assert await resolved(caller) == 0


async def test_more_than_can_be_done_at_once_is_refused(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "MOST_MATCHING", 4)
    told = await triage(caller, matching={"count": 5})
    assert "narrow the conditions" in told["errors"][0]["message"]


async def test_more_are_changed_than_are_shown(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "MOST_AT_ONCE", 2)
    told = await triage(caller, matching={"count": 5})
    assert (told["count"], len(told["findings"])) == (5, 2)
    assert await resolved(caller) == 5


async def test_what_matches_is_set_aside_and_taken_back(caller: Caller) -> None:
    where = {"leastRisk": 10.0}
    matching = {"where": where, "count": 3}
    told = (await caller.ask(SUPPRESS, matching=matching))["suppressFindings"]
    assert {each["title"]: each["state"] for each in told["findings"]} == dict.fromkeys(
        "abc", "SUPPRESSED"
    )
    again = {"states": ["SUPPRESSED"], "where": where, "count": 3}
    told = (await caller.ask(LIFT, matching=again))["liftSuppressions"]
    assert {each["state"] for each in told["findings"]} == {"OPEN"}


async def test_what_is_sent_again_after_half_of_it_was_done_is_the_same(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after the findings were changed and before its answer was kept: then they match no longer."""

    async def dies(*_: Any) -> Any:
        raise RuntimeError("the process ends here")

    key = {"Idempotency-Key": str(uuid.uuid4())}
    matching = {"where": {"triage": ["NEW"]}, "rules": ["dns.takeover"], "count": 2}
    body = {"query": TRIAGE, "variables": {"matching": matching, "input": DONE}}

    async def send() -> Any:
        headers = caller.headers | key
        return (await caller.client.post("/graphql", json=body, headers=headers)).json()

    with monkeypatch.context() as patch:
        patch.setattr(mutations, "_done", dies)
        assert (await send())["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert await resolved(caller) == 2
    told = (await send())["data"]["triageFindings"]
    assert (told["errors"], told["count"]) == ([], 2)


async def test_nobody_changes_what_is_hidden_from_them(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    await store.execute(
        "MATCH (f:Finding {id: $id})-[:ABOUT]->(n) SET n.tlp = 'RED'", {"id": caller.org + "a"}
    )
    analyst: Caller = await make_caller("ANALYST", beside=caller, clearance="AMBER")
    told = await triage(analyst, matching={"count": 5})
    assert told["errors"][0]["code"] == "CONFLICT"
    assert "0 findings match" in told["errors"][0]["message"]


@pytest.mark.timeout(180)
async def test_from_the_terminal_one_is_asked_whether_so_many_are_meant(
    caller: Caller, mirage: Command
) -> None:
    async def command(*arguments: str) -> Any:
        return await mirage("finding", *arguments)

    told = await command("triage", "--to", "resolved", "--rule", "dns.takeover")
    assert "2 findings: change all of them?" in told
    assert await resolved(caller) == 0
    told = await command("triage", "--to", "resolved", "--rule", "dns.takeover", "--yes")
    assert "2 changed" in told
    assert "say which findings" in await command("triage", "--to", "resolved", "--yes")
    assert "either by their ids" in await command("lift", "some-id", "--rule", "tls.weak")
    told = await command("suppress", "--reason", "a test", "--severity", "critical", "--yes")
    assert "1 changed" in told
    assert "1 changed" in await command("lift", "--rule", "tls.expired", "--yes")
