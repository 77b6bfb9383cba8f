"""Schedules through HTTP: what is set is shown, what is wrong is said, and nobody sees or sets another's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from graph.store import Store
from server.jobs.queue import Queue
from server.scheduling.firing import Firing
from tests.api.conftest import Caller, MakeCaller
from tests.api.test_changes import change
from tests.support.keys import keyring

START = """mutation S($presets: [ScanPreset!]! = [PASSIVE], $include: [String!]! = []) {
  startScan(input: {seeds: ["heron.example"], presets: $presets, include: $include}) {
    run { id trigger startedBy plannedFor scan { id schedule { id } } } errors { message } } }"""
SHOWN = """schedule { id cron timezone jitterSeconds missedRunPolicy missedRunGraceMinutes overlapPolicy isEnabled setBy
  queuedFor lastFiredAt lastOutcome outcomes { outcome reason plannedFor run { id } }
  nextRuns(first: 3) { plannedFor beginsAt }
  scan { id } }"""
SET = f"""mutation S($id: ID!, $i: ScheduleInput!) {{
  setSchedule(scan: $id, input: $i) {{ {SHOWN} errors {{ code message }} }} }}"""
REMOVE = "mutation R($id: ID!) { removeSchedule(scan: $id) { wasSet scan { schedule { id } } errors { code } } }"
LIST = "{ schedules { totalCount nodes { id scan { id } } } }"
NIGHTLY = {"cron": "30 3 * * *", "timezone": "Europe/Berlin"}


async def scan_of(caller: Caller, **given: Any) -> str:
    started = await change(caller, START, **given)
    assert started["errors"] == []
    return str(started["run"]["scan"]["id"])


async def test_a_schedule_is_set_shown_changed_and_removed(caller: Caller) -> None:
    scan = await scan_of(caller)
    given = {
        **NIGHTLY,
        "jitterSeconds": 900,
        "missedRunPolicy": "RUN_ONCE",
        "overlapPolicy": "QUEUE",
    }
    payload = await change(caller, SET, id=scan, i={**given, "missedRunGraceMinutes": 90})
    assert payload["errors"] == []
    made = payload["schedule"]
    assert {name: made[name] for name in given} == given
    assert made["missedRunGraceMinutes"] == 90
    assert (made["isEnabled"], made["setBy"], made["scan"]["id"]) == (True, caller.id, scan)
    assert (made["queuedFor"], made["lastFiredAt"], made["lastOutcome"]) == (None, None, None)
    assert made["outcomes"] == []
    coming = made["nextRuns"]
    assert len(coming) == 3
    for each in coming:
        assert re.search(r"T0[12]:30:00", each["plannedFor"]), "half past three in Berlin"
        assert each["plannedFor"] <= each["beginsAt"]
    page = (await caller.ask(LIST))["schedules"]
    assert page == {"totalCount": 1, "nodes": [{"id": made["id"], "scan": {"id": scan}}]}
    off = (await change(caller, SET, id=scan, i={**NIGHTLY, "isEnabled": False}))["schedule"]
    assert (off["id"], off["isEnabled"], off["nextRuns"]) == (made["id"], False, [])
    removed = await change(caller, REMOVE, id=scan)
    assert removed == {"wasSet": True, "scan": {"schedule": None}, "errors": []}
    assert (await change(caller, REMOVE, id=scan))["wasSet"] is False
    assert (await caller.ask(LIST))["schedules"]["totalCount"] == 0


async def test_what_came_of_a_moment_is_shown(caller: Caller, store: Store, queue: Queue) -> None:
    scan = await scan_of(caller)
    await store.execute("MATCH (r:Run {scan: $scan}) SET r.state = 'FINISHED'", {"scan": scan})
    made = (await change(caller, SET, id=scan, i=NIGHTLY))["schedule"]
    query = "MATCH (x:Schedule {scan: $scan}) RETURN x.next_at"
    moment = (await store.read_single(query, {"scan": scan})).to_native()
    fired = await Firing(store, queue, keyring(), now=moment).fire(caller.org, scan)
    assert fired is not None
    asked = f"query Q($id: ID!) {{ scan(id: $id) {{ {SHOWN} }} }}"
    shown = (await caller.ask(asked, id=scan))["scan"]["schedule"]
    planned = made["nextRuns"][0]["plannedFor"]
    assert shown["lastOutcome"] == "STARTED"
    assert shown["lastFiredAt"] == planned
    wanted = {"outcome": "STARTED", "reason": None, "plannedFor": planned, "run": {"id": fired.run}}
    assert shown["outcomes"] == [wanted]
    assert shown["nextRuns"][0] == made["nextRuns"][1]
    run = "query R($id: ID!) { run(id: $id) { trigger startedBy plannedFor state } }"
    assert (await caller.ask(run, id=fired.run))["run"] == {
        "trigger": "SCHEDULE", "startedBy": caller.id, "plannedFor": planned, "state": "ACCEPTED",
    }  # fmt: skip


async def test_what_somebody_starts_says_so(caller: Caller) -> None:
    run = (await change(caller, START))["run"]
    assert (run["trigger"], run["startedBy"], run["plannedFor"]) == ("PERSON", caller.id, None)
    assert run["scan"]["schedule"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cron": "99 * * * *"}, "cron: '99 * * * *': Bad minute"),
        ({"cron": "0 3 * * *", "timezone": "Europe/Berln"}, "is Europe/Berlin meant?"),
        ({"cron": "*/5 * * * *", "jitterSeconds": 300}, "at most 299 is right"),
        ({"cron": "0 3 * * *", "missedRunGraceMinutes": 0}, "missedRunGraceMinutes: 1 to 10080"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_set(
    caller: Caller, given: dict[str, Any], said: str
) -> None:
    scan = await scan_of(caller)
    payload = await change(caller, SET, id=scan, i=given)
    assert payload["schedule"] is None
    (error,) = payload["errors"]
    assert error["code"] == "INVALID_QUESTION"
    assert said in error["message"]
    assert (await caller.ask(LIST))["schedules"]["totalCount"] == 0


async def test_of_the_next_runs_some_can_be_asked_for(caller: Caller) -> None:
    scan = await scan_of(caller)
    await change(caller, SET, id=scan, i=NIGHTLY)
    query = "query Q($n: Int!) { schedules { nodes { nextRuns(first: $n) { plannedFor } } } }"
    (node,) = (await caller.ask(query, n=50))["schedules"]["nodes"]
    assert len(node["nextRuns"]) == 50
    for most in (0, 51):
        (error,) = (await caller.post(query, {"n": most})).json()["errors"]
        assert error["message"] == "first: 1 to 50 is right"


async def test_it_needs_what_starting_the_scan_needs(
    caller: Caller, make_caller: MakeCaller
) -> None:
    wide = await scan_of(caller, include=["heron.example", "egret.example"])
    analyst, viewer = await make_caller("ANALYST", caller), await make_caller("VIEWER", caller)
    plain = await scan_of(analyst)
    for who, scan, lacks in ((viewer, plain, "RUN_SCANS"), (analyst, wide, "SET_SCOPE")):
        answer = (await who.post(SET, {"id": scan, "i": NIGHTLY})).json()
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "NOT_PERMITTED"
        assert lacks in error["message"]
    assert (await viewer.ask(LIST))["schedules"]["totalCount"] == 0
    assert (await change(analyst, SET, id=plain, i=NIGHTLY))["errors"] == []
    assert (await viewer.ask(LIST))["schedules"]["totalCount"] == 1, "it may be read"


async def test_of_another_organization_nothing_is_seen_set_or_removed(
    caller: Caller, make_caller: MakeCaller
) -> None:
    other = await make_caller()
    scan = await scan_of(caller)
    await change(caller, SET, id=scan, i=NIGHTLY)
    for act, more in ((SET, {"i": NIGHTLY}), (REMOVE, {})):
        (error,) = (await change(other, act, id=scan, **more))["errors"]
        assert error["code"] == "NOT_FOUND"
    assert (await other.ask(LIST))["schedules"] == {"totalCount": 0, "nodes": []}
    assert (await caller.ask(LIST))["schedules"]["totalCount"] == 1


async def test_who_may_not_read_the_scan_does_not_see_its_schedule(
    caller: Caller, make_caller: MakeCaller, store: Store
) -> None:
    scan = await scan_of(caller)
    await change(caller, SET, id=scan, i=NIGHTLY)
    low = await make_caller("ANALYST", caller, "CLEAR")
    assert (await low.ask(LIST))["schedules"]["totalCount"] == 1
    await store.execute(
        """MATCH (s:Scan {id: $scan}) UNWIND s.named AS id
           MERGE (n:Entity {id: id}) SET n.org = s.org, n.tlp = 'RED'""",
        {"scan": scan},
    )
    assert (await low.ask(LIST))["schedules"] == {"totalCount": 0, "nodes": []}
    (error,) = (await change(low, SET, id=scan, i=NIGHTLY))["errors"]
    assert error["code"] == "NOT_FOUND"
    assert (await caller.ask(LIST))["schedules"]["totalCount"] == 1
