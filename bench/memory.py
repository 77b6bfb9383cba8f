"""Memory that lies in RAM, of each process of a stack: idle after a start, and (--full) after the demo's scan.

Of a process by itself the resident size counts, what it shares included; the sum is given in that way, too, and by
proportional shares, in which nothing counts twice. No reference: the goal is in bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench._kit.figure import Figure, Goal
from bench._kit.plan import Plan
from bench._kit.process import proportional_mb, resident_mb
from bench._kit.whole import home, processes_of, started
from server.embedded.state import StackState

GOAL = Goal(2_048, of="value")


def figures_of(when: str, state: StackState, command: int) -> list[Figure]:
    """Each process of the stack, the supervisor and the command that started it included, and the sums."""
    pids = processes_of(state) | {"the command": command}
    each_mb = {name: resident_mb(pid) for name, pid in pids.items()}
    shares_mb = sum(proportional_mb(pid) for pid in pids.values())
    return [
        *(Figure(f"{when}: {name}", value, "MiB") for name, value in each_mb.items()),
        Figure(f"{when}: whole stack", sum(each_mb.values()), "MiB", goal=GOAL),
        Figure(f"{when}: whole stack, shared memory once", shares_mb, "MiB"),
    ]


async def measure(plan: Plan) -> Sequence[Figure]:
    """One stack for real use; with --full one with the lab, scanned, too."""
    figures: list[Figure] = []
    with home(has_jars=True) as folder:
        async with started(folder, "up") as up:
            state = await up.ready()
            plan.say("memory: the stack is up, and left alone for a while")
            await asyncio.sleep(plan.size(20.0, 1.0))
            figures += figures_of("idle", state, up.child.pid)
    if plan.is_full:
        with home(has_jars=True) as folder:
            async with started(folder, "demo", "--json") as up:
                plan.say("memory: a demo")
                await up.scanned()
                state = await up.ready()
                figures += figures_of("after the demo", state, up.child.pid)
    return figures
