"""What can be collected, by whom, and which processes say that they live."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from server.jobs import presence
from server.jobs.presence import Presence, ServiceState, living
from server.jobs.queue import Queue
from tests.api.conftest import Caller
from tests.support.waiting import eventually

SERVICES = "{ services { id role host version queues capabilities jobsRunning jobsDone } }"
COLLECTORS = """{ collectors {
  id kind source activity consumes produces needsSecrets options { name type default choices } isAvailable } }"""


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of this test only: others may run beside it on the same Redis."""
    monkeypatch.setattr(presence, "PREFIX", f"mirage:test:{uuid.uuid4()}:")


@asynccontextmanager
async def announced(queue: Queue, process: Presence) -> AsyncIterator[None]:
    task = asyncio.create_task(process.announce_forever(queue))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await process.withdraw(queue)


async def lives(queue: Queue, one: Presence) -> None:
    async def is_listed() -> bool:
        return one in await living(queue)

    await eventually(is_listed)


def process(**more: Any) -> Presence:
    return Presence("collector", ("mirage:collector",), host="a-host", pid=7, token="abcd", **more)


async def services(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.ask(SERVICES))["services"]
    return found


async def test_a_process_is_listed_while_it_lives(caller: Caller, queue: Queue) -> None:
    one = process(capabilities=("dns.resolve",), version="9.9", jobs_running=1, jobs_done=4)
    async with announced(queue, one):
        await lives(queue, one)
        assert await services(caller) == [
            {
                "id": "collector@a-host:7.abcd",
                "role": "collector",
                "host": "a-host",
                "version": "9.9",
                "queues": ["mirage:collector"],
                "capabilities": ["dns.resolve"],
                "jobsRunning": 1,
                "jobsDone": 4,
            }
        ]
    assert await services(caller) == []


async def test_who_says_nothing_for_long_is_forgotten(
    caller: Caller, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LIVES_S", 1)
    one = process()
    async with announced(queue, one):
        await lives(queue, one)

        async def is_forgotten() -> bool:
            return await services(caller) == []

        await eventually(is_forgotten)


async def test_an_outage_of_redis_does_not_end_the_announcing(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "EVERY_S", 0.02)
    real: Any = type(queue).eval
    failed = asyncio.Event()

    async def away(*given: Any, **more: Any) -> Any:
        if failed.is_set():
            return await real(*given, **more)
        failed.set()
        raise RedisConnectionError("refused")

    monkeypatch.setattr(type(queue), "eval", away)
    one = process()
    async with announced(queue, one):
        await asyncio.wait_for(failed.wait(), 20)
        await lives(queue, one)


async def test_a_collector_is_available_while_some_process_can_carry_it_out(
    caller: Caller, queue: Queue
) -> None:
    async def known() -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in (await caller.ask(COLLECTORS))["collectors"]}

    one = process(capabilities=("rdap.domain",))
    before = await known()
    async with announced(queue, one):
        await lives(queue, one)
        during = await known()
    assert list(before) == sorted(before)
    assert (before["rdap.domain"]["isAvailable"], during["rdap.domain"]["isAvailable"]) == (
        False,
        True,
    )
    assert during["rdap.domain"]["activity"] == "P0"
    assert during["rdap.domain"]["consumes"] == ["DomainName"]
    assert before["nmap_xml"]["kind"] == "IMPORTER"
    assert before["nmap_xml"]["isAvailable"], "the API reads files itself"
    options = {each["name"]: each for each in before["tcp.connect"]["options"]}
    assert (options["ports"]["type"], options["ports"]["choices"]) == ("integers", [])
    assert {443, 22} < set(options["ports"]["default"])


async def test_processes_are_found_by_role_and_state(caller: Caller, queue: Queue) -> None:
    collector = process(versions={"dns.resolve": 3}, jobs_most=16)
    draining = Presence("api", host="b-host", state=ServiceState.DRAINING)
    async with announced(queue, collector), announced(queue, draining):
        await lives(queue, collector)
        await lives(queue, draining)

        async def ids(given: str) -> list[str]:
            asked = f"{{ services({given}) {{ id }} }}"
            return [each["id"] for each in (await caller.ask(asked))["services"]]

        assert await ids('role: "collector"') == [collector.id]
        assert await ids("state: DRAINING") == [draining.id]
        assert await ids('role: "collector", state: DRAINING') == []
        assert await ids("state: null") == [draining.id, collector.id]
        more = """{ services(role: "collector") { schema pid state jobsMost jobsFailed loopLagMs memoryMb
          collectors { id version } } }"""
        (told,) = (await caller.ask(more))["services"]
        assert told.pop("memoryMb") > 10
        assert told == {
            "schema": 2, "pid": 7, "state": "READY", "jobsMost": 16, "jobsFailed": 0, "loopLagMs": 0,
            "collectors": [{"id": "dns.resolve", "version": 3}],
        }  # fmt: skip


async def test_the_times_of_a_process_are_those_of_redis(queue: Queue) -> None:
    seconds, _ = await queue.time()
    one = process(started_at=0.0)  # of a host whose clock stands still since 1970
    await one.announce(queue)
    assert abs(one.started_at - seconds) < 10
    assert [each.id for each in await living(queue)] == [one.id]
    await one.withdraw(queue)


def test_no_two_processes_have_one_name_even_if_their_pids_repeat() -> None:
    names = {Presence("collector", host="a-host", pid=7).id for _ in range(100)}
    assert len(names) == 100
