"""`planScan`: what a scan would do, before it is started; and scans that are held to their plan."""

from __future__ import annotations

from typing import Any

from graph.model.network import DomainName
from graph.store import Store
from server.modules.settings import Change, Settings
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_auth import codes
from tests.api.test_changes import change

PLAN = """query P($input: StartScanInput!) { planScan(input: $input) {
  digest mostRequests later
  collectors { collector title activity seeds hosts secrets mostRequests workers }
  leftOut { collector seed reason } } }"""
START = """mutation S($input: StartScanInput!, $plan: String) { startScan(input: $input, plan: $plan) {
  run { id spec } errors { code message } } }"""
WANTED: dict[str, Any] = {
    "seeds": ["heron.example"], "preset": "FOOTPRINT", "collectors": ["dns.resolve", "rdap.domain"],
}  # fmt: skip


async def test_a_plan_says_who_is_asked_about_what_and_starts_nothing(
    caller: Caller, store: Store
) -> None:
    plan = (await caller.ask(PLAN, input=WANTED))["planScan"]
    asked = {each["collector"]: each for each in plan["collectors"]}
    assert set(asked) == {"dns.resolve", "rdap.domain"}
    assert asked["dns.resolve"] | {"title": ""} == {
        "collector": "dns.resolve", "title": "", "activity": "P1", "seeds": ["heron.example"], "hosts": [],
        "secrets": [], "mostRequests": asked["dns.resolve"]["mostRequests"], "workers": 0,
    }  # fmt: skip
    assert plan["mostRequests"] == sum(each["mostRequests"] for each in plan["collectors"])
    left_out = {each["collector"]: each["reason"] for each in plan["leftOut"]}
    assert left_out["dns.records"] == "the scan names others"
    found = await store.read("MATCH (r:Run {org: $org}) RETURN r", {"org": caller.org})
    assert found == []


async def test_a_scan_that_is_held_to_its_plan_starts_only_where_it_is_the_same(
    caller: Caller, store: Store
) -> None:
    digest = (await caller.ask(PLAN, input=WANTED))["planScan"]["digest"]
    more = {**WANTED, "collectors": []}
    (refused,) = (await change(caller, START, input=more, plan=digest))["errors"]
    assert (refused["code"], refused["message"][:29]) == (
        "CONFLICT",
        "plan: what would be asked has",
    )
    assert (await change(caller, START, input=WANTED, plan=digest))["errors"] == []
    off = Change(is_enabled=False, options=None, by=caller.id, name="off")
    await Settings(store).set(caller.org, "dns.records", off)
    plan = (await caller.ask(PLAN, input=more))["planScan"]
    reasons = {each["collector"]: each["reason"] for each in plan["leftOut"]}
    assert reasons["dns.records"] == "the organization has disabled it"


async def test_a_plan_is_refused_like_the_scan_itself(
    caller: Caller, make_caller: MakeCaller
) -> None:
    refused = await caller.post(PLAN, {"input": {**WANTED, "seeds": ["not a seed"]}})
    assert refused.json()["errors"]
    viewer = await make_caller("VIEWER", beside=caller)
    assert codes(await viewer.post(PLAN, {"input": WANTED})) == ["NOT_PERMITTED"]
    analyst = await make_caller("ANALYST", beside=caller)
    assert codes(await analyst.post(PLAN, {"input": {**WANTED, "preset": "DEEP"}})) == [
        "NOT_PERMITTED"
    ]


async def test_an_intrusive_scan_says_who_allowed_it(caller: Caller) -> None:
    deep = {**WANTED, "preset": "DEEP"}
    (refused,) = (await change(caller, START, input=deep))["errors"]
    assert refused["code"] == "INVALID_QUESTION"
    assert refused["message"].startswith("authorization: preset DEEP wants to know who allowed it")
    allowed = {**deep, "authorization": "contract 7 of 2026"}
    started = await change(caller, START, input=allowed)
    assert started["errors"] == []
    assert started["run"]["spec"]["authorization"] == "contract 7 of 2026"


async def test_what_excludes_all_seeds_is_refused(caller: Caller) -> None:
    nothing = {**WANTED, "exclude": ["heron.example"]}
    (refused,) = (await change(caller, START, input=nothing))["errors"]
    assert refused["message"].startswith("exclude: it covers every seed")


async def test_a_marking_that_the_caller_may_not_read_is_not_told(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    await store.execute(
        "CREATE (:Entity:DomainName {id: $id, org: $org, key: 'heron.example', name: 'heron.example', tlp: 'RED'})",
        {"id": DomainName(name="heron.example").id_in(caller.org), "org": caller.org},
    )
    owners = (await caller.ask(PLAN, input=WANTED))["planScan"]
    assert [each["collector"] for each in owners["leftOut"] if each["seed"]] == ["rdap.domain"]
    member = await make_caller("ANALYST", beside=caller, clearance="GREEN")
    theirs = (await member.ask(PLAN, input=WANTED))["planScan"]
    assert [each["collector"] for each in theirs["leftOut"] if each["seed"]] == []
