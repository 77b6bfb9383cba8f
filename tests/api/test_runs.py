"""What is done to runs through HTTP: holding them, letting them go on, and why something is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graph.store import Store
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_changes import change
from tests.api.test_events import event
from tests.api.test_sockets import greeted, subscribe
from tests.support.acting import fail_job

START = """mutation { startScan(input: {seeds: ["heron.example"], presets: PASSIVE}) {
  run { id scan { id } } errors { message } } }"""
STANDS = "run { state pausedAt pausedBy resumedAt resumedBy } errors { code message }"
PAUSE = f"mutation P($id: ID!) {{ pauseRun(id: $id) {{ {STANDS} }} }}"
RESUME = f"mutation R($id: ID!) {{ resumeRun(id: $id) {{ {STANDS} }} }}"
CANCEL = "mutation C($id: ID!) { cancelRun(id: $id) { run { state } errors { code } } }"


async def started(caller: Caller) -> str:
    """The id of a run that no conductor moves."""
    return str((await change(caller, START))["run"]["id"])


async def test_a_run_says_who_paused_it_and_who_let_it_go_on(
    caller: Caller, make_caller: MakeCaller
) -> None:
    run = await started(caller)
    other = await make_caller("ANALYST", caller)
    paused = await change(caller, PAUSE, id=run)
    assert paused["errors"] == []
    stands = paused["run"]
    assert (stands["state"], stands["pausedBy"]) == ("PAUSED", caller.id)
    assert (stands["resumedAt"], stands["resumedBy"]) == (None, None)
    again = await change(other, PAUSE, id=run)
    assert again == paused, "who pauses what is paused changes nothing"
    resumed = await change(other, RESUME, id=run)
    assert (resumed["run"]["state"], resumed["run"]["resumedBy"]) == ("RUNNING", other.id)
    assert resumed["run"]["pausedAt"] == stands["pausedAt"] < resumed["run"]["resumedAt"]


async def test_what_has_ended_is_neither_paused_nor_resumed(caller: Caller) -> None:
    run = await started(caller)
    await change(caller, PAUSE, id=run)
    assert await change(caller, CANCEL, id=run) == {"run": {"state": "CANCELLED"}, "errors": []}
    for act in (PAUSE, RESUME):
        refused = await change(caller, act, id=run)
        assert refused["run"] is None
        (error,) = refused["errors"]
        assert error["code"] == "CONFLICT"
        assert f"it was cancelled by {caller.email} at 2" in error["message"]
        assert error["message"].endswith("; `runAgain` starts another")


@pytest.mark.parametrize("act", [PAUSE, RESUME])
async def test_who_may_not_scan_may_not_pause(
    caller: Caller, make_caller: MakeCaller, act: str, store: Store
) -> None:
    run = await started(caller)
    viewer, stranger = await make_caller("VIEWER", caller), await make_caller()
    refused = (await viewer.post(act, {"id": run})).json()
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["NOT_PERMITTED"]
    strange = await change(stranger, act, id=run)
    assert [each["code"] for each in strange["errors"]] == ["NOT_FOUND"]
    state = await store.read_single("MATCH (r:Run {id: $id}) RETURN r.state", {"id": run})
    assert state == "ACCEPTED"


async def test_who_follows_a_run_hears_of_its_pause(address: str, caller: Caller) -> None:
    run = await started(caller)
    query = "subscription R($id: ID!) { runProgressed(id: $id) { change run { state } } }"
    heard: list[dict[str, Any]] = []
    async with greeted(address, caller) as opened:
        await opened.send(subscribe("1", query, id=run))
        heard.append(await event(opened, "runProgressed"))
        for act in (PAUSE, PAUSE, RESUME, CANCEL):
            await change(caller, act, id=run)
            if len(heard) != 2 or act != PAUSE:  # the second pause changes nothing
                heard.append(await event(opened, "runProgressed"))
    assert [(each["change"], each["run"]["state"]) for each in heard] == [
        ("CURRENT", "ACCEPTED"), ("PAUSED", "PAUSED"), ("RESUMED", "RUNNING"), ("CANCELLED", "CANCELLED"),
    ]  # fmt: skip


async def test_a_budget_is_changed_in_part_and_only_while_the_run_is_open(caller: Caller) -> None:
    run = await started(caller)
    query = """mutation B($id: ID!, $b: BudgetChangeInput!) { changeBudget(id: $id, budget: $b) {
      run { spec } errors { code message } } }"""
    changed = await change(caller, query, id=run, b={"requests": 12, "minutes": None})
    assert changed["errors"] == []
    assert changed["run"]["spec"]["budget"] == {
        "entities": 5_000,
        "requests": 12,
        "minutes": 60,
        "key_units": 1_000,
    }
    for given, word in (({}, "name at least one"), ({"entities": 0}, "budget.entities")):
        (error,) = (await change(caller, query, id=run, b=given))["errors"]
        assert error["code"] == "INVALID_QUESTION"
        assert word in error["message"]
    await change(caller, CANCEL, id=run)
    (error,) = (await change(caller, query, id=run, b={"minutes": 90}))["errors"]
    assert error["code"] == "CONFLICT"
    assert error["message"].endswith("`runAgain` starts another, with a larger budget")


async def test_a_scan_is_carried_out_again_with_a_larger_budget(caller: Caller) -> None:
    scan = (await change(caller, START))["run"]["scan"]["id"]
    query = """mutation A($scan: ID!, $b: BudgetChangeInput) { runAgain(scan: $scan, budget: $b) {
      run { spec scan { id spec } } errors { code } } }"""
    again = (await change(caller, query, scan=scan, b={"minutes": 600}))["run"]
    assert again["spec"]["budget"] == {
        "entities": 5_000,
        "requests": 100_000,
        "minutes": 600,
        "key_units": 1_000,
    }
    assert (again["scan"]["id"], again["scan"]["spec"]) == (scan, again["spec"])
    as_it_was = (await change(caller, query, scan=scan))["run"]
    assert as_it_was["spec"] == again["spec"]


async def test_what_failed_is_carried_out_again_by_a_run_of_the_same_scan(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    query = """mutation R($id: ID!) { retryFailed(id: $id) {
      run { id state name scan { id } retries { id } } errors { code message } } }"""
    run = await started(caller)
    (error,) = (await change(caller, query, id=run))["errors"]
    assert (error["code"], "it is ACCEPTED" in error["message"]) == ("CONFLICT", True)
    await fail_job(store, caller.org, run)
    (strange,) = (await change(await make_caller(), query, id=run))["errors"]
    assert strange["code"] == "NOT_FOUND"
    retry = await change(caller, query, id=run)
    assert retry["errors"] == []
    assert (retry["run"]["state"], retry["run"]["retries"]) == ("ACCEPTED", {"id": run})
    listed = await caller.ask("{ runs { nodes { id scan { id } retries { id } } } }")
    assert listed["runs"]["nodes"] == [
        {"id": retry["run"]["id"], "scan": retry["run"]["scan"], "retries": {"id": run}},
        {"id": run, "scan": retry["run"]["scan"], "retries": None},
    ]
    await change(caller, CANCEL, id=retry["run"]["id"])
    (error,) = (await change(caller, query, id=retry["run"]["id"]))["errors"]
    assert (error["code"], error["message"][:25]) == ("CONFLICT", "nothing failed in the run")


async def test_a_run_says_until_when_it_waits_for_its_hours(caller: Caller, store: Store) -> None:
    start = """mutation { startScan(input: {
      seeds: ["heron.example"], hours: ["22:00-06:00"], timezone: "Europe/Berlin"}) {
      run { id waitsUntil spec } errors { message } } }"""
    run = (await caller.ask(start))["startScan"]["run"]
    assert run["waitsUntil"] is None
    assert run["spec"]["scope"]["timezone"] == "Europe/Berlin"

    async def told(state: str) -> str | None:
        await store.execute(
            "MATCH (r:Run {id: $run}) SET r.state = $state, r.idle_at = datetime('2026-11-30T12:00:00Z')",
            {"run": run["id"], "state": state},
        )
        query = "query R($id: ID!) { run(id: $id) { waitsUntil } }"
        found: str | None = (await caller.ask(query, id=run["id"]))["run"]["waitsUntil"]
        return found

    waits = await told("RUNNING")
    assert waits is not None
    assert datetime.fromisoformat(waits) == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert await told("PAUSED") is None
    refused = await caller.post(start.replace("22:00-06:00", "late"))
    (error,) = refused.json()["data"]["startScan"]["errors"]
    assert error["message"].startswith("hours.0: ")
    assert "MON-FRI 22:00-06:00 is right" in error["message"]
