"""How modules do, over the API: what is told of one that broke, what goes by it, and its reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from collectors._kit.faults import Fault
from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Fence, Writer
from server.jobs.events import Publisher
from server.jobs.queue import Queue
from server.jobs.turning import published
from server.modules import breaker
from server.modules.breaker import Told, Turn
from server.modules.health import MOST_FAILURES, failing
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_auth import codes
from tests.api.test_events import event, settle
from tests.api.test_modules import offering
from tests.api.test_sockets import greeted, subscribe
from tests.support.facts import answer

HEALTH = "health { state reason fault since until failures }"
READ = f"query R($id: ID!) {{ module(id: $id) {{ {HEALTH} }} }}"
RESET = f"""mutation R($id: ID!) {{ resetModule(id: $id) {{
  module {{ id {HEALTH} }} errors {{ code message }} }} }}"""
CHANGED = f"""subscription C($id: ID) {{ moduleChanged(id: $id) {{
  change module {{ id {HEALTH} }} }} }}"""
PLAN = """query P($input: StartScanInput!) { planScan(input: $input) {
  collectors { collector } leftOut { collector seed reason } } }"""
START = """mutation S($input: StartScanInput!) {
  startScan(input: $input) { run { id } errors { code message } } }"""
PIVOTS = "query P($key: String!) { domainName(key: $key) { availablePivots { collector canBeAsked hindrance } } }"
WELL = {
    "state": "CLOSED", "reason": None, "fault": None, "since": None, "until": None, "failures": 0,
}  # fmt: skip
WANTED: dict[str, Any] = {"seeds": ["health.example"], "collectors": ["ct.crtsh"]}


async def broken(
    store: Store, org: str, module: str = "ct.crtsh", ago: timedelta = timedelta()
) -> Turn:
    """Let a module fail so often that it opens, so long ago."""
    at = datetime.now(UTC) - ago
    turn = None
    for number in range(MOST_FAILURES):
        told = Told(org, module, Fence(f"job-{number}", 1), failing(Fault.RATE_LIMITED), at)
        turn, _ = await store.transact(partial(breaker.count, told=told))
    assert turn is not None
    return turn


async def health(caller: Caller, module: str = "ct.crtsh") -> Any:
    return (await caller.ask(READ, id=module))["module"]["health"]


async def test_what_works_is_closed_and_rules_and_importers_have_no_health(caller: Caller) -> None:
    assert await health(caller) == WELL
    assert await health(caller, "tls.expired") is None
    assert await health(caller, "indicator_list") is None


async def test_what_broke_says_why_since_when_and_until_when(caller: Caller, store: Store) -> None:
    turn = await broken(store, caller.org)
    told = await health(caller)
    moments = [datetime.fromisoformat(told.pop(name)) for name in ("since", "until")]
    assert told == {
        "state": "OPEN",
        "reason": "its source says that it is asked too often",
        "fault": "RATE_LIMITED",
        "failures": MOST_FAILURES,
    }
    assert moments == [turn.health.since, turn.health.until]


async def test_it_comes_back_by_itself(caller: Caller, store: Store) -> None:
    await broken(store, caller.org, ago=timedelta(minutes=2))
    assert (await health(caller))["state"] == "HALF_OPEN"
    plan = (await caller.ask(PLAN, input=WANTED))["planScan"]
    assert [each["collector"] for each in plan["collectors"]] == ["ct.crtsh"]


async def test_a_plan_leaves_it_out_with_the_reason_and_a_scan_of_it_is_not_refused(
    caller: Caller, store: Store
) -> None:
    await broken(store, caller.org)
    plan = (await caller.ask(PLAN, input=WANTED))["planScan"]
    assert plan["collectors"] == []
    (why,) = [each["reason"] for each in plan["leftOut"] if each["collector"] == "ct.crtsh"]
    assert why.startswith("it failed 3 times in a row and is not asked until ")
    assert why.endswith("its source says that it is asked too often")
    assert (await caller.ask(START, input=WANTED))["startScan"]["errors"] == []


async def test_it_is_no_pivot_that_can_be_asked(caller: Caller, store: Store, queue: Queue) -> None:
    apex = DomainName(name="health.example")
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(apex, 1, apex)])
    await broken(store, caller.org)
    async with offering(queue, "ct.crtsh"):
        found = (await caller.ask(PIVOTS, key=apex.key))["domainName"]["availablePivots"]
    (pivot,) = [each for each in found if each["collector"] == "ct.crtsh"]
    assert not pivot["canBeAsked"]
    assert pivot["hindrance"].startswith("it failed 3 times in a row and is not asked until ")


async def test_a_reset_has_it_asked_at_once(caller: Caller, store: Store) -> None:
    await broken(store, caller.org)
    for _ in range(2):
        assert (await caller.ask(RESET, id="ct.crtsh"))["resetModule"] == {
            "module": {"id": "ct.crtsh", "health": WELL},
            "errors": [],
        }
    plan = (await caller.ask(PLAN, input=WANTED))["planScan"]
    assert [each["collector"] for each in plan["collectors"]] == ["ct.crtsh"]


@pytest.mark.parametrize(
    ("module", "code"),
    [("no.such", "NOT_FOUND"), ("tls.expired", "INVALID_QUESTION"), ("indicator_list", "INVALID_QUESTION")],
)  # fmt: skip
async def test_what_cannot_be_reset_is_told(caller: Caller, module: str, code: str) -> None:
    told = (await caller.ask(RESET, id=module))["resetModule"]
    assert told["module"] is None
    assert [error["code"] for error in told["errors"]] == [code]


@pytest.mark.parametrize("role", ["LEAD", "ANALYST", "VIEWER", "AUDITOR"])
async def test_only_who_may_edit_the_organization_resets(
    make_caller: MakeCaller, role: str
) -> None:
    other = await make_caller(role)
    assert codes(await other.post(RESET, {"id": "ct.crtsh"})) == ["NOT_PERMITTED"]


async def test_another_organization_is_not_concerned(make_caller: MakeCaller, store: Store) -> None:
    mine, theirs = await make_caller(), await make_caller()
    await broken(store, theirs.org)
    assert await health(mine) == WELL
    await mine.ask(RESET, id="ct.crtsh")
    assert (await health(theirs))["state"] == "OPEN"


async def test_a_reset_is_in_the_audit(caller: Caller) -> None:
    await caller.ask(RESET, id="ct.crtsh")
    asked = '{ auditEvents(filter: {action: "resetModule"}) { nodes { subject outcome } } }'
    rows = (await caller.ask(asked))["auditEvents"]["nodes"]
    assert {(row["subject"], row["outcome"]) for row in rows} >= {("ct.crtsh", "OK")}


async def test_those_who_follow_are_told_of_their_own(
    address: str, make_caller: MakeCaller, store: Store, queue: Queue
) -> None:
    mine, theirs = await make_caller(), await make_caller()
    publisher = Publisher(store, queue)
    async with greeted(address, mine) as opened:
        await opened.send(subscribe("1", CHANGED, id="ct.crtsh"))
        await settle(opened)
        await published(publisher, theirs.org, await broken(store, theirs.org))
        await published(publisher, mine.org, await broken(store, mine.org, "dns.records"))
        await published(publisher, mine.org, await broken(store, mine.org))
        told = await event(opened, "moduleChanged")
        assert (told["change"], told["module"]["id"]) == ("OPENED", "ct.crtsh")
        assert told["module"]["health"]["state"] == "OPEN"
        await mine.ask(RESET, id="ct.crtsh")
        told = await event(opened, "moduleChanged")
        assert (told["change"], told["module"]) == ("CLOSED", {"id": "ct.crtsh", "health": WELL})


async def test_a_run_says_who_was_not_asked(caller: Caller, store: Store) -> None:
    run = (await caller.ask(START, input=WANTED))["startScan"]["run"]["id"]
    await store.execute(
        "MATCH (r:Run {id: $id}) SET r.left_out = ['ct.crtsh: it failed']", {"id": run}
    )
    asked = "query R($id: ID!) { run(id: $id) { reason } }"
    assert (await caller.ask(asked, id=run))["run"]["reason"] == "not asked: ct.crtsh: it failed"
