"""Starting: from `mirage up` to the first answered GraphQL query, and what importing the API takes.

Fresh is a home without data where Neo4j's jars are there; warm is the same home again; cold (--cold) fetches the jars,
too. No reference: the goals are in seconds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench._kit.figure import Figure, Goal
from bench._kit.plan import Plan
from bench._kit.servers import ROOT
from bench._kit.whole import home, started

IMPORT = (
    "import time; began = time.perf_counter(); import server.roles.api; "
    "print(time.perf_counter() - began)"
)


def import_s() -> float:
    """Seconds that a new process takes to import the API's role."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-c", IMPORT],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


async def start_s(plan: Plan, what: str, folder: Path) -> float:
    """Seconds from the command to the first answer; the stack is stopped then."""
    async with started(folder, "up") as up:
        seconds = await up.first_answer_s()
        plan.say(f"start: {what} {seconds:.1f} s")
    return seconds


async def measure(plan: Plan) -> Sequence[Figure]:
    """Each several times; medians."""
    import_s()  # the bytecode is there from now on
    imports = [import_s() for _ in range(plan.size(5, 1))]
    figures = [
        Figure("import of the API", statistics.median(imports), "s", goal=Goal(1, of="value"))
    ]
    times: dict[str, list[float]] = {}
    for _ in range(plan.size(3, 1)):
        with home(has_jars=True) as folder:
            times.setdefault("fresh", []).append(await start_s(plan, "fresh", folder))
            if not plan.is_quick:
                times.setdefault("warm", []).append(await start_s(plan, "warm", folder))
    if plan.is_cold:
        with home(has_jars=False) as folder:
            times["cold"] = [await start_s(plan, "cold", folder)]
    goals = {
        "fresh": Goal(60, of="value"),
        "warm": Goal(15, of="value"),
        "cold": Goal(60, of="value"),
    }
    return figures + [
        Figure(f"up to first answer, {what}", statistics.median(took), "s", goal=goals[what])
        for what, took in times.items()
    ]
