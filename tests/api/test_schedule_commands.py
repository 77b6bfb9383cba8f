"""`mirage schedule …` against the API as it is."""

from __future__ import annotations

from typing import Any

import pytest

from graph.store import Store
from server.jobs.queue import Queue
from server.scheduling.firing import Firing
from tests.api.conftest import Caller, Command
from tests.api.test_schedules import scan_of
from tests.support.keys import keyring

pytestmark = pytest.mark.timeout(180)

NIGHTLY = ("--cron", "30 3 * * *", "--timezone", "Europe/Berlin")


@pytest.fixture
def command(mirage: Command) -> Command:
    """Runs `mirage schedule …`."""

    async def run(*arguments: str) -> Any:
        return await mirage("schedule", *arguments)

    return run


async def test_a_schedule_is_set_shown_changed_and_removed(
    command: Command, caller: Caller
) -> None:
    scan = await scan_of(caller)
    assert await command("list") == "no schedules\n"
    policies = (
        "--jitter",
        "900",
        "--missed",
        "run-once",
        "--grace",
        "90",
        "--overlap",
        "cancel-running",
    )
    made = await command("set", scan, *NIGHTLY, *policies, "--next", "2", "--json")
    assert (made["scan"], made["enabled"], made["timezone"]) == (scan, True, "Europe/Berlin")
    assert (made["jitter_seconds"], made["missed"], made["grace_minutes"]) == (900, "RUN_ONCE", 90)
    assert made["overlap"] == "CANCEL_RUNNING"
    assert len(made["next_runs"]) == 2
    held = await command("set", scan, "--off", "--json")
    assert (held["enabled"], held["next_runs"]) == (False, [])
    kept = ("cron", "timezone", "jitter_seconds", "missed", "grace_minutes", "overlap")
    assert [held[name] for name in kept] == [made[name] for name in kept]
    shown = await command("show", scan)
    assert "30 3 * * *" in shown
    assert "next runs" not in shown
    (row,) = (await command("list", "--json"))["schedules"]
    assert (row["scan"], row["name"], row["enabled"]) == (scan, "heron.example", False)
    assert (
        await command("remove", scan) == f"the scan {scan} is not started by the clock any more\n"
    )
    assert (await command("remove", scan, "--json"))["was_set"] is False
    assert f"mirage: the scan {scan} has no schedule; `mirage schedule set" in await command(
        "show", scan
    )


async def test_what_came_of_a_moment_is_shown(
    command: Command, caller: Caller, store: Store, queue: Queue
) -> None:
    scan = await scan_of(caller)
    made = await command("set", scan, *NIGHTLY, "--json")
    query = "MATCH (x:Schedule {scan: $scan}) RETURN x.next_at"
    moment = (await store.read_single(query, {"scan": scan})).to_native()
    await Firing(store, queue, keyring(), now=moment).fire(caller.org, scan)
    shown = await command("show", scan, "--json")
    (told,) = shown["outcomes"]
    assert told["planned_for"] == made["next_runs"][0]["planned_for"]
    assert (told["outcome"], told["run"]) == ("OVERLAPPED", None), "the scan's first run goes on"
    assert shown["last_outcome"] == "OVERLAPPED"
    text = await command("show", scan)
    assert "OVERLAPPED" in text
    assert "next runs" in text


async def test_what_cannot_be_set_is_told(command: Command, caller: Caller) -> None:
    scan = await scan_of(caller)
    assert "nothing to set; give --cron" in await command("set", scan)
    assert "has no schedule yet; give one --cron" in await command("set", scan, "--off")
    assert "mirage: cron:" in await command("set", scan, "--cron", "61 3 * * *")
    assert "mirage: there is no scan nobody" in await command("show", "nobody")
    assert "mirage: there is no scan nobody" in await command("set", "nobody", *NIGHTLY)
    assert "mirage: there is no scan nobody" in await command("remove", "nobody")
