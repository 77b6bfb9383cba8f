"""A collector that kills or hangs its process hurts only its own jobs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from graph.migrate import migrate
from graph.store import Store
from server.jobs import scans
from server.jobs.queue import open_queue
from server.jobs.spec import ScanSpec
from tests.support import toxic
from tests.support.roles import ROOT, Roles, end_open_runs, roles
from tests.support.running_lab import RunningLab, start_lab
from tests.support.stack import Neo4jAddress

OURS = ("dns.resolve",)
TOXIC = ("toxic.exits", "toxic.hangs", "toxic.eats")
JOBS = """
MATCH (l:Lease {run: $run})
RETURN l {.collector, .state, .attempts, .deaths, .reason} AS job ORDER BY l.collector
"""
ANSWERS = (
    "MATCH (o:Observation {run: $run}) RETURN DISTINCT o.collector AS collector, o.reason AS reason"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def store(neo4j_server: Neo4jAddress) -> AsyncIterator[Store]:
    async with Store.open(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as opened:
        await opened.wait_ready()
        await migrate(opened)
        await end_open_runs(opened)
        yield opened


async def ended(store: Store, run: str, working: Roles) -> dict[str, Any]:
    for _ in range(900):
        rows = await store.read("MATCH (r:Run {id: $run}) RETURN properties(r) AS r", {"run": run})
        if (state := dict(rows[0]["r"]))["state"] not in ("ACCEPTED", "RUNNING"):
            return state
        await asyncio.sleep(0.2)
    pytest.fail(f"the run has not ended: {state}\n{working.logs()}")


@pytest.fixture(scope="module")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    found = start_lab(tmp_path_factory.mktemp("lab"))
    yield found
    found.process.terminate()
    found.process.communicate(timeout=10)


@pytest.mark.timeout(240)
async def test_what_kills_or_hangs_its_process_hurts_only_its_own_jobs(
    store: Store,
    neo4j_server: Neo4jAddress,
    redis_url: str,
    running_lab: RunningLab,
    tmp_path: Path,
) -> None:
    settings = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(toxic.install(tmp_path / "installed"))]),
        "MIRAGE_STALL_S": "10",  # with less, a busy machine ends processes that do work
        "MIRAGE_CELL_MEMORY_MB": "512",
    }
    spec = ScanSpec(
        seeds=tuple(running_lab.state["seeds"][:1]), presets=("footprint",), collectors=OURS + TOXIC
    )
    with roles(neo4j_server, redis_url, running_lab.path, tmp_path, settings) as working:
        working.start("conductor")
        collector = working.start("collector")
        queue = await open_queue(redis_url)
        run = (await scans.start(store, queue, str(uuid.uuid4()), "tester", spec)).run
        await queue.aclose()
        state = await ended(store, run, working)
        assert collector.poll() is None

    jobs = [row["job"] for row in await store.read(JOBS, {"run": run})]
    told = working.logs()
    assert state["state"] == "FINISHED", told
    assert {each["collector"] for each in jobs} == {*OURS, *TOXIC}
    for each in jobs:
        wanted: tuple[object, ...]
        match each["collector"]:
            case "toxic.exits":
                wanted = ("FAILED", 2, 2, "its process ended with exit code 7")
            case "toxic.hangs":
                wanted = ("FAILED", 2, 2, "its process ended with exit code 1")
            case _:
                wanted = ("DONE", 1, None, None)
        assert (each["state"], each["attempts"], each["deaths"], each["reason"]) == wanted, each
    reasons = {(row["collector"], row["reason"]) for row in await store.read(ANSWERS, {"run": run})}
    assert ("toxic.eats", "defect in plan: MemoryError()") in reasons


STUCK = """
import asyncio, re
from server.jobs.watchdog import watched

async def main(secret):
    async with watched(0.5):
        await asyncio.sleep(0.1)
        re.match(r"(a+)+$", secret)  # never lets go of the interpreter's lock

asyncio.run(main("a" * 64 + "!"))
"""


def test_a_process_whose_loop_stands_still_ends_itself_and_says_where() -> None:
    stuck = subprocess.run(
        [sys.executable, "-P", "-c", STUCK],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert stuck.returncode == 1
    assert "line 8 in main" in stuck.stderr
    assert "aaaa" not in stuck.stderr.replace('"a" * 64', "")
