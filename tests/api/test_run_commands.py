"""`mirage run …` against the API as it is."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from graph.store import Store
from tests.api.conftest import Caller, Command
from tests.api.test_run_changes import KEPT, NAME, NEW, OLD, OTHER, links, told
from tests.api.test_runs import started
from tests.support.acting import fail_job
from tests.support.facts import answer

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def command(mirage: Command) -> Command:
    """Runs `mirage run …`."""

    async def run(*arguments: str) -> Any:
        return await mirage("run", *arguments)

    return run


async def test_a_run_is_listed_held_shown_and_ended(command: Command, caller: Caller) -> None:
    assert await command("list") == "no runs\n"
    run = await started(caller)
    (row,) = (await command("list", "--json"))["runs"]
    assert (row["id"], row["state"], row["name"]) == (run, "ACCEPTED", "heron.example")
    assert (await command("pause", run, "--json"))["state"] == "PAUSED"
    shown = await command("show", run, "--json")
    assert (shown["state"], shown["progress"], shown["seconds_left"]) == ("PAUSED", [], None)
    assert shown["paused"].startswith("20")
    assert shown["spent_minutes"] == "0 of 60"
    assert (await command("resume", run, "--json"))["state"] == "RUNNING"
    assert "CANCELLED" in await command("cancel", run)
    assert "mirage: the run has ended: it was cancelled by" in await command("pause", run)
    assert "CANCELLED" in await command("list")


async def test_what_failed_is_shown_and_carried_out_again(
    command: Command, caller: Caller, store: Store
) -> None:
    run = await started(caller)
    await fail_job(store, caller.org, run)
    text = await command("show", run)
    assert "dns.resolve" in text
    assert "under way" in text
    retry = await command("retry", run, "--json")
    assert retry["id"] != run
    assert (await command("show", retry["id"], "--json"))["retries"] == run
    assert len((await command("list", "--first", "1", "--json"))["runs"]) == 1


async def test_what_changed_is_told_by_its_kind(
    command: Command, caller: Caller, store: Store
) -> None:
    scan = str(uuid.uuid4())
    before = answer(NAME, 10, *links(OLD, KEPT))
    first = await told(
        store, caller, scan, 1, before, answer(NAME, 11, OTHER, collector="test.two")
    )
    second = await told(store, caller, scan, 2, answer(NAME, 20, *links(NEW, KEPT)))
    shown = await command("changes", second, "--json")
    assert shown["previous"] == first
    assert shown["changes"]["not_rechecked"] == {"total": 1, "items": [of_name(OTHER.key)]}
    assert shown["changes"]["gone"]["items"] == [
        {"what": "IPAddress", "key": OLD.key, "target": None},
        {"what": "RESOLVES_TO", "key": NAME.key, "target": OLD.key},
    ]
    text = await command("changes", second, "--first", "1")
    assert f"compared with {first}" in text
    assert "and 1 more: gone; --first" in text
    assert "more: not rechecked" not in text
    assert (await command("changes", first, "--json"))["changes"] is None
    assert "no earlier run of its scan has finished" in await command("changes", first)
    assert len((await command("changes", second, "--first", "500", "--json"))["changes"]) == 3


def of_name(key: str) -> dict[str, str | None]:
    """A name as it is listed among what changed."""
    return {"what": "DomainName", "key": key, "target": None}


@pytest.mark.parametrize("what", ["show", "retry", "changes"])
async def test_a_run_that_is_not_there_is_told(command: Command, what: str) -> None:
    assert "mirage: there is no run nobody" in await command(what, "nobody")
