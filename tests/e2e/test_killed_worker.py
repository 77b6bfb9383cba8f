"""A run ends right whichever worker is killed: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from graph.migrate import migrate
from graph.store import Store
from server.jobs import scans
from server.jobs.queue import open_queue
from server.jobs.spec import ScanSpec
from tests.support.roles import Roles, end_open_runs, roles
from tests.support.running_lab import RunningLab, start_lab
from tests.support.stack import Neo4jAddress

FACTS = """
MATCH (r:Run {id: $run})<-[:IN]-(o:Observation)
OPTIONAL MATCH (o)-[:PRODUCED]->(n:Entity)
RETURN o.id AS observation, o.collector AS collector, o.outcome AS outcome, collect(n.key) AS produced
"""
COLLECTORS = ("dns.resolve", "dns.records", "dns.wildcard", "dns.reverse")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def store(neo4j_server: Neo4jAddress) -> AsyncIterator[Store]:
    async with Store.open(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as opened:
        await opened.wait_ready()
        await migrate(opened)
        await end_open_runs(opened)
        yield opened


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = start_lab(tmp_path_factory.mktemp("lab"))
    yield found
    found.process.terminate()
    found.process.communicate(timeout=10)


async def accept(store: Store, redis_url: str, lab: RunningLab) -> tuple[str, str]:
    """A run of the lab's company that only asks the DNS: organization and run."""
    queue = await open_queue(redis_url)
    org = str(uuid.uuid4())
    spec = ScanSpec(
        seeds=tuple(lab.state["seeds"][:1]), presets=("footprint",), collectors=COLLECTORS
    )
    started = await scans.start(store, queue, org, "tester", spec)
    await queue.aclose()
    return org, started.run


async def run_state(store: Store, run: str) -> dict[str, Any]:
    rows = await store.read("MATCH (r:Run {id: $run}) RETURN properties(r) AS r", {"run": run})
    return dict(rows[0]["r"])


async def begun(store: Store, run: str) -> None:
    """Wait until the run has jobs, for some seconds at most."""
    for _ in range(300):
        if (await run_state(store, run))["jobs_open"] > 0:
            return
        await asyncio.sleep(0.05)


async def ended(store: Store, run: str, working: Roles, within_s: float = 100) -> dict[str, Any]:
    for _ in range(int(within_s * 5)):
        state = await run_state(store, run)
        if state["state"] not in ("ACCEPTED", "RUNNING"):
            return state
        await asyncio.sleep(0.2)
    pytest.fail(f"the run has not ended: {state}\n{working.logs()}")


async def found(store: Store, run: str) -> set[tuple[str, str, tuple[str, ...]]]:
    rows = await store.read(FACTS, {"run": run})
    assert len({row["observation"] for row in rows}) == len(rows)
    return {(r["collector"], r["outcome"], tuple(sorted(r["produced"]))) for r in rows}


@pytest.mark.timeout(240)
async def test_a_run_with_killed_workers_finds_what_a_quiet_one_finds(
    store: Store, neo4j_server: Neo4jAddress, redis_url: str, lab: RunningLab, tmp_path: Path
) -> None:
    with roles(neo4j_server, redis_url, lab.path, tmp_path) as working:
        working.start("conductor")
        working.start("collector")
        _, quiet = await accept(store, redis_url, lab)
        assert (await ended(store, quiet, working))["state"] == "FINISHED", working.logs()

        _, disturbed = await accept(store, redis_url, lab)
        victim = working.running[1]
        await begun(store, disturbed)
        victim.send_signal(signal.SIGKILL)
        working.start("collector")
        state = await ended(store, disturbed, working)

    assert state["state"] == "FINISHED"
    assert state["jobs_failed"] == 0
    assert await found(store, disturbed) == await found(store, quiet)


@pytest.mark.timeout(120)
async def test_a_cancelled_run_is_final_at_once_and_nothing_is_written_after(
    store: Store, neo4j_server: Neo4jAddress, redis_url: str, lab: RunningLab, tmp_path: Path
) -> None:
    with roles(neo4j_server, redis_url, lab.path, tmp_path) as working:
        working.start("conductor")
        working.start("collector")
        org, run = await accept(store, redis_url, lab)
        await begun(store, run)

        queue = await open_queue(redis_url)
        state = await scans.Runs(store, queue, org, "tester").cancel(run)
        await queue.aclose()
        at_once = await found(store, run)
        await asyncio.sleep(3)

        assert state == "CANCELLED"
        assert (await run_state(store, run))["state"] == "CANCELLED"
        assert await found(store, run) == at_once


@pytest.mark.timeout(240)
async def test_a_paused_run_goes_on_whatever_was_killed_meanwhile(
    store: Store, neo4j_server: Neo4jAddress, redis_url: str, lab: RunningLab, tmp_path: Path
) -> None:
    with roles(neo4j_server, redis_url, lab.path, tmp_path) as working:
        working.start("conductor")
        working.start("collector")
        _, quiet = await accept(store, redis_url, lab)
        assert (await ended(store, quiet, working))["state"] == "FINISHED", working.logs()

        org, run = await accept(store, redis_url, lab)
        await begun(store, run)
        queue = await open_queue(redis_url)
        runs = scans.Runs(store, queue, org, "tester")
        assert await runs.pause(run) == "PAUSED"
        for victim in list(working.running):
            victim.send_signal(signal.SIGKILL)
        working.start("conductor")
        working.start("collector")
        await asyncio.sleep(1)
        before = await found(store, run)
        await asyncio.sleep(7)  # more than a sweep
        assert (await run_state(store, run))["state"] == "PAUSED"
        assert await found(store, run) == before
        assert await runs.resume(run) == "RUNNING"
        await queue.aclose()
        state = await ended(store, run, working)

    assert (state["state"], state["jobs_failed"]) == ("FINISHED", 0)
    assert state["paused_s"] > 7
    assert await found(store, run) == await found(store, quiet)
