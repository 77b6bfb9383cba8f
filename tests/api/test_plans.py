"""`planScan`: what a scan would do, before it is started; and scans that are held to their plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from server.configuration.kept import Change as Setting
from server.configuration.kept import Configurations
from server.modules.settings import Change, Settings
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_auth import codes
from tests.api.test_changes import change
from tests.live.test_planning import World, begun

PLAN = """query P($input: StartScanInput!) { planScan(input: $input) {
  digest mostRequests later
  collectors { collector title activity seeds hosts secrets mostRequests workers }
  leftOut { collector seed reason } } }"""
START = """mutation S($input: StartScanInput!, $plan: String) { startScan(input: $input, plan: $plan) {
  run { id spec } errors { code message } } }"""
WANTED: dict[str, Any] = {
    "seeds": ["heron.example"], "presets": ["FOOTPRINT"], "collectors": ["dns.resolve", "rdap.domain"],
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
    assert codes(await analyst.post(PLAN, {"input": {**WANTED, "presets": ["DEEP"]}})) == [
        "NOT_PERMITTED"
    ]


async def test_an_intrusive_scan_says_who_allowed_it(caller: Caller) -> None:
    deep = {**WANTED, "presets": ["DEEP"]}
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


REUSED = """query P($input: StartScanInput!) { planScan(input: $input) {
  digest mostRequests collectors { seeds reused } } }"""
SHARES = (
    "query R($id: ID!) { run(id: $id) { progress { collector done reused reusedSince lookups } } }"
)
START_AGE = """mutation S($input: StartScanInput!) { startScan(input: $input) {
  run { spec scan { id } } errors { code message } } }"""
AGAIN = """mutation A($scan: ID!, $age: Int) { runAgain(scan: $scan, maxAgeMinutes: $age) {
  run { spec } errors { code message } } }"""


async def _answered(caller: Caller, store: Store, tlp: str = "") -> World:
    """A run of the caller's organization in which the Domain Name System was asked about the seed."""
    seed = DomainName(name="heron.example")
    world = await begun(store, seed, collectors=("dns.resolve",), org=caller.org)
    at = ResolvesTo(source=seed, target=IPAddress(address="192.0.2.7"), rrtype="A")
    await world.found("dns.resolve", seed, at)
    await world.step()
    if tlp:
        await store.execute(
            "MATCH (n:DomainName {org: $org}) SET n.tlp = $tlp", {"org": caller.org, "tlp": tlp}
        )
    return world


async def test_what_was_answered_lately_is_told_by_plan_and_run(
    caller: Caller, store: Store
) -> None:
    first = await _answered(caller, store)
    wanted = {**WANTED, "collectors": ["dns.resolve"]}
    fresh = (await caller.ask(REUSED, input=wanted))["planScan"]
    assert fresh["collectors"] == [{"seeds": [], "reused": ["heron.example"]}]
    assert fresh["mostRequests"] == 0
    anew = (await caller.ask(REUSED, input={**wanted, "maxAgeMinutes": 0}))["planScan"]
    assert anew["collectors"] == [{"seeds": ["heron.example"], "reused": []}]
    assert anew["digest"] != fresh["digest"]

    again = await begun(
        store,
        DomainName(name="heron.example"),
        collectors=("dns.resolve",),
        org=caller.org,
        steps=2,
    )
    (share,) = (await caller.ask(SHARES, id=again.run))["run"]["progress"]
    assert datetime.fromisoformat(share.pop("reusedSince")) < first.now
    assert share == {"collector": "dns.resolve", "done": 0, "reused": 1, "lookups": 0}
    (share,) = (await caller.ask(SHARES, id=first.run))["run"]["progress"]
    assert (share["done"], share["reused"], share["reusedSince"]) == (1, 0, None)


async def test_a_plan_tells_nobody_what_was_asked_about_things_they_may_not_read(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    await _answered(caller, store, tlp="AMBER")
    wanted = {**WANTED, "collectors": ["dns.resolve"]}
    other = await make_caller("ANALYST", beside=caller, clearance="GREEN")
    told = (await other.ask(REUSED, input=wanted))["planScan"]["collectors"]
    assert told == [{"seeds": ["heron.example"], "reused": []}]
    told = (await caller.ask(REUSED, input=wanted))["planScan"]["collectors"]
    assert told == [{"seeds": [], "reused": ["heron.example"]}]


async def test_how_old_answers_may_be_is_usual_said_or_refused(
    caller: Caller, store: Store
) -> None:
    usual = Setting(caller.id, "usual", {"scans.max_age_minutes": 7})
    await Configurations(store).set(caller.org, usual)
    run = (await change(caller, START_AGE, input=WANTED))["run"]
    assert run["spec"]["max_age_minutes"] == 7
    said = (await change(caller, START_AGE, input={**WANTED, "maxAgeMinutes": 0}))["run"]
    assert said["spec"]["max_age_minutes"] == 0
    anew = await change(caller, AGAIN, scan=run["scan"]["id"], age=30)
    assert anew["run"]["spec"]["max_age_minutes"] == 30
    for query, given in (
        (AGAIN, {"scan": run["scan"]["id"], "age": -1}),
        (START_AGE, {"input": {**WANTED, "maxAgeMinutes": 9_999_999}}),
    ):
        (refused,) = (await change(caller, query, **given))["errors"]
        assert refused["code"] == "INVALID_QUESTION"
        assert refused["message"].startswith("maxAgeMinutes: ")
