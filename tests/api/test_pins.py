"""Pinning modules over the API: what is shown, who may, and what plans and pivots say where nobody has the version."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from graph.store import Store
from server.jobs import presence
from server.jobs.queue import Queue
from tests.api.conftest import Caller, Command, MakeCaller
from tests.api.test_modules import known, offering, pivots

PIN = """mutation P($id: ID!, $version: Int) { pinModule(id: $id, version: $version) {
  module { id pinned liveVersions workers settings(first: 1) { pinned } } errors { message } } }"""
PLAN = """query P($input: StartScanInput!) { planScan(input: $input) {
  keyUnits collectors { collector workers absence key keyUnits } } }"""
WANTED: dict[str, Any] = {"seeds": ["example.com"], "collectors": ["dns.resolve"]}
SAID = "pinned to version 7; live workers have 3"


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of this test only."""
    monkeypatch.setattr(presence, "PREFIX", f"mirage:test:{uuid.uuid4()}:")


async def pin(caller: Caller, version: int | None, module: str = "dns.resolve") -> dict[str, Any]:
    told: dict[str, Any] = (await caller.ask(PIN, id=module, version=version))["pinModule"]
    return told


async def test_a_pin_is_shown_and_taken_back(caller: Caller, queue: Queue) -> None:
    async with offering(queue, "dns.resolve", versions={"dns.resolve": 3}):
        pinned = (await pin(caller, 7))["module"]
        assert pinned == {
            "id": "dns.resolve", "pinned": 7, "liveVersions": [3], "workers": 0, "settings": [{"pinned": 7}],
        }  # fmt: skip
        free = (await pin(caller, None))["module"]
        assert (free["pinned"], free["workers"]) == (None, 1)


async def test_plans_and_pivots_say_that_nobody_has_the_version(
    caller: Caller, store: Store, queue: Queue
) -> None:
    await known(store, caller.org)
    async with offering(queue, "dns.resolve", versions={"dns.resolve": 3}):
        await pin(caller, 7)
        plan = (await caller.ask(PLAN, input=WANTED))["planScan"]
        assert plan == {
            "keyUnits": 0,
            "collectors": [
                {"collector": "dns.resolve", "workers": 0, "absence": SAID, "key": None, "keyUnits": 0}
            ],
        }  # fmt: skip
        assert (await pivots(caller))["dns.resolve"]["hindrance"] == SAID
        await pin(caller, 3)
        (planned,) = (await caller.ask(PLAN, input=WANTED))["planScan"]["collectors"]
        assert (planned["workers"], planned["absence"]) == (1, None)


async def test_what_cannot_be_pinned_is_told(caller: Caller, make_caller: MakeCaller) -> None:
    (wrong,) = (await pin(caller, 0))["errors"]
    assert wrong["message"] == "version: a version from 1 on is right"
    (rule,) = (await pin(caller, 1, "tls.expired"))["errors"]
    assert rule["message"] == "id: tls.expired is no collector; only collectors can be pinned"
    analyst = await make_caller("ANALYST")
    assert (await analyst.post(PIN, {"id": "dns.resolve", "version": 1})).status_code == 403


async def test_the_terminal_pins_and_takes_back(mirage: Command) -> None:
    assert (await mirage("module", "pin", "dns.resolve", "2", "--json"))["pinned"] == 2
    assert (await mirage("module", "pin", "dns.resolve", "--off", "--json"))["pinned"] is None
    assert "give either a version or --off" in await mirage("module", "pin", "dns.resolve")
