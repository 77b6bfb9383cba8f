"""Real processes that come and go: who is handed jobs, and how each role ends when it is asked to."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from arq.constants import job_key_prefix

from graph.store import Store
from server.embedded.ports import free_port
from server.jobs.presence import Presence, ServiceState, living
from server.jobs.queue import COLLECTOR_QUEUE, Queue, open_queue
from tests.e2e.test_killed_worker import COLLECTORS, accept, ended, found, lab, run_state, store
from tests.support.roles import Roles, roles
from tests.support.running_lab import RunningLab
from tests.support.stack import Neo4jAddress
from tests.support.waiting import eventually

__all__ = ["lab", "store"]  # fixtures


@pytest_asyncio.fixture(loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@pytest.fixture
def working(
    neo4j_server: Neo4jAddress, redis_url: str, lab: RunningLab, tmp_path: Path
) -> Any:  # a fixture
    with roles(neo4j_server, redis_url, lab.path, tmp_path) as started:
        yield started


async def of(queue: Queue, process: subprocess.Popen[bytes]) -> Presence | None:
    return next((each for each in await living(queue) if each.pid == process.pid), None)


async def until(
    queue: Queue, process: subprocess.Popen[bytes], state: ServiceState | None
) -> Presence | None:
    """Wait until a process says that it is so far; None: until it is not there."""

    async def is_so() -> bool:
        one = await of(queue, process)
        return (one.state if one else None) is state

    await eventually(is_so, within_s=40)
    return await of(queue, process)


async def stopped(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Ask a process to stop: its exit code, and how long it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(process.wait, 40)
    return code, time.monotonic() - began


@pytest.mark.timeout(240)
async def test_jobs_reach_the_one_process_that_can_carry_them_out(
    store: Store, queue: Queue, redis_url: str, lab: RunningLab, working: Roles
) -> None:
    working.start("conductor")
    usual = working.start("collector", collectors=json.dumps(list(COLLECTORS[1:])))
    listening = await until(queue, usual, ServiceState.READY)
    assert listening is not None
    assert listening.queues[0].startswith(f"{COLLECTOR_QUEUE}:")
    assert set(listening.versions) == set(COLLECTORS[1:])
    _, run = await accept(store, redis_url, lab)

    async def waits_for_nobody_else() -> bool:
        rows = await store.read(
            "MATCH (l:Lease {run: $run}) RETURN l.collector AS c, l.state AS s, l.attempts AS a",
            {"run": run},
        )
        able = {row["s"] for row in rows if row["c"] != COLLECTORS[0]}
        absent = [row for row in rows if row["c"] == COLLECTORS[0]]
        assert all((row["s"], row["a"]) == ("READY", 0) for row in absent), absent
        return bool(absent) and able == {"DONE"}

    await eventually(waits_for_nobody_else, within_s=60)
    special = working.start("collector", collectors=json.dumps([COLLECTORS[0]]))
    await until(queue, special, ServiceState.READY)
    came = time.monotonic()

    async def is_taken() -> bool:
        asked = "MATCH (l:Lease {run: $run, collector: $c}) WHERE l.attempts > 0 RETURN count(*)"
        return bool(await store.read_single(asked, {"run": run, "c": COLLECTORS[0]}))

    await eventually(is_taken, within_s=30)
    assert time.monotonic() - came < 12, "a sweep and a half"
    state = await ended(store, run, working)
    assert (state["state"], state["jobs_failed"]) == ("FINISHED", 0), working.logs()
    assert {row[0] for row in await found(store, run)} == {*COLLECTORS, "seed"}


@pytest.mark.timeout(120)
async def test_a_hint_for_what_a_worker_lacks_fails_nothing(
    store: Store, queue: Queue, redis_url: str, lab: RunningLab, working: Roles
) -> None:
    narrow = working.start("collector", collectors=json.dumps(list(COLLECTORS[1:])))
    listening = await until(queue, narrow, ServiceState.READY)
    assert listening is not None
    _, run = await accept(store, redis_url, lab)
    await store.execute(
        "MATCH (r:Run {id: $run}) SET r.state = 'RUNNING' CREATE (:Lease {id: $run, org: r.org, run: $run, "
        "collector: $c, entities: [], distance: 0, state: 'READY', fence: 0, attempts: 0, hinted_at: datetime()})",
        {"run": run, "c": COLLECTORS[0]},
    )
    await queue.enqueue_job("collect", run, _queue_name=listening.queues[0])
    asked = "MATCH (l:Lease {id: $run}) RETURN l.state + ' ' + l.attempts + ' ' + l.hinted_at.year"

    async def is_left() -> bool:
        return bool(await store.read_single(asked, {"run": run}) == "READY 0 1970")

    await eventually(is_left, within_s=30)


@pytest.mark.timeout(120)
async def test_a_job_of_a_version_too_far_away_is_left_for_others(
    queue: Queue, working: Roles
) -> None:
    one = working.start("collector", collectors=json.dumps(list(COLLECTORS[:1])))
    listening = await until(queue, one, ServiceState.READY)
    assert listening is not None
    name = listening.queues[0]
    job = await queue.enqueue_job("collect", "x", _queue_name=name)
    assert job is not None
    key = f"{job_key_prefix}{job.job_id}"
    other = orjson.dumps({"v": 9, "task": "collect", "of": "x"})
    again = await queue.enqueue_job("collect", "x", _queue_name=name, _defer_by=1)
    assert again is not None
    await queue.set(f"{job_key_prefix}{again.job_id}", other)

    async def is_deferred() -> bool:
        score = await queue.zscore(name, again.job_id)
        return score is not None and score > (time.time() + 2.5) * 1000

    await eventually(is_deferred, within_s=30)
    assert await queue.get(f"{job_key_prefix}{again.job_id}") == other
    assert await queue.get(f"arq:retry:{again.job_id}") is None
    assert await queue.get(key) is None, "what it reads it carries out meanwhile"
    await queue.zrem(name, again.job_id)


@pytest.mark.timeout(240)
async def test_a_collector_that_is_asked_to_stop_loses_nothing(
    store: Store, queue: Queue, redis_url: str, lab: RunningLab, working: Roles
) -> None:
    working.start("conductor")
    first = working.start("collector")
    await until(queue, first, ServiceState.READY)
    _, run = await accept(store, redis_url, lab)

    async def is_at_work() -> bool:
        return bool((await run_state(store, run))["jobs_open"] > 0)

    await eventually(is_at_work, within_s=30)
    second = working.start("collector")
    code, took = await stopped(first)
    assert (code, took < 30) == (0, True), working.logs()
    assert await of(queue, first) is None
    held = (
        "MATCH (l:Lease {run: $run, state: 'TAKEN'}) WHERE l.worker CONTAINS $pid RETURN count(l)"
    )
    pid = f":{first.pid}."
    assert await store.read_single(held, {"run": run, "pid": pid}) == 0, "given back, not left"
    await until(queue, second, ServiceState.READY)
    state = await ended(store, run, working)
    assert (state["state"], state["jobs_failed"]) == ("FINISHED", 0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("role", ["conductor", "correlator", "courier"])
async def test_other_workers_end_in_order_too(queue: Queue, working: Roles, role: str) -> None:
    one = working.start(role)
    await until(queue, one, ServiceState.READY)
    code, took = await stopped(one)
    assert (code, took < 30) == (0, True), working.logs()
    assert await of(queue, one) is None


@pytest.mark.timeout(120)
async def test_an_api_says_that_it_ends_while_it_still_answers(
    queue: Queue, working: Roles
) -> None:
    port = free_port()
    api = working.start("api", api_port=str(port), api_linger_s="3")
    await until(queue, api, ServiceState.READY)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        assert (await client.get("/readyz")).status_code == 200
        ending = asyncio.create_task(stopped(api))
        await until(queue, api, ServiceState.DRAINING)
        told = await client.get("/readyz")
        assert (told.status_code, told.json()) == (503, {"status": "ending"})
        assert (await client.get("/healthz")).status_code == 200
    code, took = await ending
    assert (code, took < 30) == (0, True), working.logs()
    assert await of(queue, api) is None


@pytest.mark.timeout(120)
async def test_a_process_that_slept_is_there_again(queue: Queue, working: Roles) -> None:
    one = working.start("courier")
    await until(queue, one, ServiceState.READY)
    one.send_signal(signal.SIGSTOP)
    try:
        await until(queue, one, None)
    finally:
        one.send_signal(signal.SIGCONT)
    await until(queue, one, ServiceState.READY)
