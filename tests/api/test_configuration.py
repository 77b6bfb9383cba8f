"""Setting over the API what counts while Mirage runs: who may, what is refused, and what goes by it."""

from __future__ import annotations

from typing import Any

import pytest

from graph.store import Store
from server.configuration.kept import OF_THE_PLATFORM, Change, Configurations
from tests.api.conftest import Caller, MakeCaller
from tests.support.own_rules import RULE, TEXT

SET = """mutation S($input: ConfigureInput!) {
  configure(input: $input) { configuration { number settings { name value isSet } } errors { code message } } }"""
BACK = """mutation B($to: Int!) {
  rollBackConfiguration(to: $to) { configuration { number document } errors { code message } } }"""
READ = """{ configuration { number document
  settings { name summary value default isSet schema }
  versions(first: 2) { number setBy reason values changes { name before after } } } }"""
PLAN = "query P($d: JSON!) { planConfiguration(document: $d) { digest changes { name before after } } }"
APPLY = """mutation A($d: JSON!, $plan: String) { applyConfiguration(document: $d, plan: $plan, reason: "as in git") {
  configuration { number } errors { code message } } }"""
START = """mutation S($input: StartScanInput!) {
  startScan(input: $input) { run { id spec } errors { code message } } }"""
CHANGE = "mutation C($id: ID!) { changeBudget(id: $id, budget: {minutes: 500}) { errors { code message } } }"
MINUTES = "scans.budget.minutes"


async def configured(caller: Caller, **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(SET, input=given))["configure"]
    return told


async def test_it_is_set_told_and_taken_back(caller: Caller) -> None:
    first = await configured(caller, set={MINUTES: 5}, reason="nights are short")
    assert first["errors"] == []
    assert first["configuration"]["number"] == 1
    await configured(caller, set={"scans.exclude": ["shop.example"]}, unset=[MINUTES], expects=1)
    told = (await caller.ask(READ))["configuration"]
    assert told["number"] == 2
    assert told["document"]["settings"] == {"scans": {"exclude": ["shop.example"]}}
    assert [(v["number"], v["setBy"], v["reason"]) for v in told["versions"]] == [
        (2, caller.id, ""),
        (1, caller.id, "nights are short"),
    ]
    assert told["versions"][0]["changes"] == [
        {"name": MINUTES, "before": 5, "after": None},
        {"name": "scans.exclude", "before": None, "after": ["shop.example"]},
    ]
    by_name = {each["name"]: each for each in told["settings"]}
    assert by_name[MINUTES]["value"] == by_name[MINUTES]["default"] == 60
    assert by_name[MINUTES]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100_000}
    assert [n for n, each in by_name.items() if each["isSet"]] == ["scans.exclude"]
    back = (await caller.ask(BACK, to=1))["rollBackConfiguration"]["configuration"]
    assert back == {
        "number": 3,
        "document": {
            "mirage": 1,
            "settings": {"scans": {"budget": {"minutes": 5}}},
            "modules": {},
            "rules": {},
        },
    }
    latest = (await caller.ask(READ))["configuration"]["versions"][0]
    assert latest["reason"] == "back to version 1"


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({}, "INVALID_QUESTION", "there is nothing to set"),
        ({"set": 5}, "INVALID_QUESTION", "set: an object"),
        ({"set": {MINUTES: 0}}, "INVALID_QUESTION", MINUTES),
        ({"unset": ["scans.budget.minute"]}, "INVALID_QUESTION", f"is {MINUTES} meant?"),
        ({"set": {MINUTES: 5}, "expects": 3}, "CONFLICT", "version 3 was meant to be changed"),
        ({"set": {MINUTES: 5}, "reason": "x" * 1_001}, "INVALID_QUESTION", "reason: 1000 characters"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_and_nothing_set(
    caller: Caller, given: dict[str, Any], code: str, says: str
) -> None:
    told = await configured(caller, **given)
    assert [error["code"] for error in told["errors"]] == [code]
    assert says in told["errors"][0]["message"]
    assert told["configuration"] is None
    assert (await caller.ask(READ))["configuration"]["number"] == 0


async def test_no_version_is_no_way_back(caller: Caller) -> None:
    told = (await caller.ask(BACK, to=7))["rollBackConfiguration"]
    assert told["errors"] == [{"code": "NOT_FOUND", "message": "there is no version 7"}]


async def test_a_document_is_planned_then_applied_as_planned(caller: Caller) -> None:
    document = {"mirage": 1, "settings": {"scans": {"budget": {"minutes": 9}}}}
    plan = (await caller.ask(PLAN, d=document))["planConfiguration"]
    assert plan["changes"] == [{"name": f"settings.{MINUTES}", "before": None, "after": 9}]
    await configured(caller, set={MINUTES: 8})
    stale = (await caller.ask(APPLY, d=document, plan=plan["digest"]))["applyConfiguration"]
    assert [error["code"] for error in stale["errors"]] == ["CONFLICT"]
    fresh = (await caller.ask(PLAN, d=document))["planConfiguration"]["digest"]
    done = (await caller.ask(APPLY, d=document, plan=fresh))["applyConfiguration"]
    assert done["errors"] == []
    again = (await caller.ask(APPLY, d=document, plan=fresh))["applyConfiguration"]
    assert again["errors"] == [], "it is as the document says already"
    (newest, before) = (await caller.ask(READ))["configuration"]["versions"]
    assert (newest["reason"], newest["number"], before["number"]) == ("as in git", 2, 1)
    assert newest["changes"] == [{"name": MINUTES, "before": 8, "after": 9}]


async def test_rules_of_a_document_are_for_whom_may_write_rules(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    document = {"mirage": 1, "rules": {RULE: {"text": TEXT}, "tls.weak": {"enabled": False}}}
    admin = await make_caller("ADMIN", beside=caller)
    refused = (await admin.post(APPLY, {"d": document})).json()["errors"]
    assert [each["extensions"]["code"] for each in refused] == ["NOT_PERMITTED"]
    assert "EDIT_RULES" in refused[0]["message"]
    half = await make_caller("OWNER", beside=caller, clearance="AMBER")
    assert "NOT_PERMITTED" in (await half.post(APPLY, {"d": document})).text
    asked = f'{{ configuration {{ document }} rule(id: "{RULE}") {{ isEnabled }} }}'
    assert (await caller.ask(asked))["configuration"]["document"]["rules"] == {}

    assert (await caller.ask(APPLY, d=document))["applyConfiguration"]["errors"] == []
    told = await caller.ask(asked)
    assert told["rule"] == {"isEnabled": True}
    assert told["configuration"]["document"]["rules"] == {
        RULE: {"enabled": True, "parameters": {}, "text": TEXT},
        "tls.weak": {"enabled": False, "parameters": {}},
    }
    left = "MATCH (o:Outbox {org: $org}) WHERE o.touched IS NOT NULL RETURN count(*) > 0"
    assert await store.read_single(left, {"org": caller.org})
    same = told["configuration"]["document"]
    assert (await admin.ask(APPLY, d=same))["applyConfiguration"]["errors"] == []


async def test_scans_go_by_what_the_organization_has_set(caller: Caller) -> None:
    await configured(caller, set={MINUTES: 7, "scans.exclude": ["shop.example"]})
    asked = {"seeds": ["ours.example"], "budget": {"entities": 10}}
    run = (await caller.ask(START, input=asked))["startScan"]["run"]
    assert run["spec"]["budget"] == {
        "entities": 10,
        "requests": 100_000,
        "minutes": 7,
        "key_units": 1_000,
    }
    told = (await caller.ask(START, input={"seeds": ["a.shop.example"]}))["startScan"]
    assert "cover every one" in told["errors"][0]["message"]


async def test_no_budget_is_over_the_ceiling_of_the_platform(caller: Caller, store: Store) -> None:
    kept = Configurations(store)
    before = await kept.of(OF_THE_PLATFORM)
    run = (await caller.ask(START, input={"seeds": ["ours.example"]}))["startScan"]["run"]["id"]
    await kept.set(OF_THE_PLATFORM, Change("me", "ceiling", {"scans.ceiling.minutes": 400}))
    try:
        for told in (
            (await caller.ask(CHANGE, id=run))["changeBudget"],
            (await caller.ask(START, input={"seeds": ["ours.example"], "budget": {"minutes": 401}}))["startScan"],
        ):  # fmt: skip
            [error] = told["errors"]
            assert error["message"] == "budget.minutes: 400 at most is right on this platform"
    finally:
        await kept.set(OF_THE_PLATFORM, Change("me", "none", before.values, is_whole=True))


async def test_others_are_not_touched_and_analysts_may_not(
    caller: Caller, make_caller: MakeCaller
) -> None:
    await configured(caller, set={MINUTES: 5})
    other = await make_caller()
    assert (await other.ask(READ))["configuration"]["number"] == 0
    analyst = await make_caller("ANALYST", beside=caller)
    assert (await analyst.ask(READ))["configuration"]["number"] == 1
    refused = await analyst.post(SET, {"input": {"set": {MINUTES: 6}}})
    assert "EDIT_ORGANIZATION" in refused.text
