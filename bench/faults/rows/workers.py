"""Rows about workers that die, sleep, and are told things twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from bench.faults import scanning
from bench.faults.keeper import children
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import COLLECTORS, CONDUCTOR, World
from server.jobs.queue import hint_advance
from server.jobs.routing import Directions

LARGE = scanning.Workload(300)  # some 80 jobs with 1,800 lookups
SCAN = scanning.Workload(100)
RETOLD = 5
_OBSERVED = "MATCH (o:Observation {org: $org}) RETURN o.id + ' ' + o.ended_at AS told"
_LEASES = "MATCH (l:Lease {run: $run}) RETURN l.id AS id, l.collector AS collector"


class WorkerKilled(Row):
    """SIGKILL for a collector or the conductor while it has jobs in hand."""

    number = 1
    goal = Goal("every job ends, its effects once; taken up within 60 s", 60)
    workload: ClassVar[scanning.Workload] = LARGE

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Kill one of three, conductors as seldom as collectors."""
        run = await scanning.start(world, self.workload)
        await scanning.under_way(world, run, jobs=2)
        await scanning.moment(dice, 4)
        victim = dice.choice([*COLLECTORS, CONDUCTOR])
        pid = world.keeper.pid(victim)
        jobs = [job for job in await scanning.held(world, run) if job.is_of(pid)]
        await world.keeper.kill(victim)
        took = max(await scanning.moved_on(world, run, jobs), await world.keeper.ready(victim))
        broken = await scanning.ended(world, run)
        found = await scanning.compared(world, self.workload)
        note = f"{victim} with {len(jobs)} jobs"
        return Outcome.of(
            found, await scanning.runs_lost(world), recovery_s=took, broken=broken, note=note
        )


class WorkerSleeps(Row):
    """SIGSTOP for a collector, with or without the processes of its jobs, and SIGCONT when others have its work."""

    number = 2
    goal = Goal("0 late writes; taken up by others within 60 s", 60)
    limit_s = 300.0
    sleeps_s: ClassVar[float] = 60.0
    workload: ClassVar[scanning.Workload] = SCAN

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Let one sleep, then look whether anything that it does afterwards shows."""
        run = await scanning.start(world, self.workload)
        await scanning.under_way(world, run, jobs=2)
        await scanning.moment(dice, 4)
        victim = dice.choice(COLLECTORS)
        pid = world.keeper.pid(victim)
        pids = [pid, *children(pid)] if dice.random() < 0.7 else [pid]
        with _asleep(pids):
            jobs = [job for job in await scanning.held(world, run) if job.is_of(pid)]
            moving = asyncio.create_task(scanning.moved_on(world, run, jobs))
            slept = asyncio.create_task(asyncio.sleep(self.sleeps_s))
            took = await moving
            await slept
            broken = await scanning.ended(world, run)
            before = await self._observed(world)
        await asyncio.sleep(5)
        after = await self._observed(world)
        late = tuple(f"written late: {each}" for each in sorted(after ^ before))
        await world.keeper.ready(victim)
        found = await scanning.compared(world, self.workload)
        note = f"{victim} with {len(jobs)} jobs and {len(pids) - 1} processes of jobs"
        return Outcome.of(found, recovery_s=took, broken=broken + late, note=note)

    async def _observed(self, world: World) -> set[str]:
        return {row["told"] for row in await world.store.read(_OBSERVED, {"org": world.org})}


class DeliveredAgain(Row):
    """Every hint of a scan five times: at once, while it is carried out, and after it has ended."""

    number = 15
    goal = Goal("effects once; the same graph")
    workload: ClassVar[scanning.Workload] = SCAN

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Tell what is to be done until all is done, and then once more."""
        former = await scanning.hints(world)
        run = await scanning.start(world, self.workload)
        # It is not cancelled: a connection to Redis that is given up within a command is never closed.
        is_over = asyncio.Event()
        telling = asyncio.create_task(self._tell_on(world, run, dice, is_over))
        try:
            broken = await scanning.ended(world, run)
        finally:
            is_over.set()
            await telling
        told = await self._tell(world, run, dice)
        await scanning.drained(world, former)
        taken = await scanning.taken_again(world, run)
        found = await scanning.compared(world, self.workload)
        return Outcome.of(found, broken=broken + taken, note=f"{told} jobs")

    async def _tell_on(
        self, world: World, run: str, dice: random.Random, is_over: asyncio.Event
    ) -> None:
        while not is_over.is_set():
            await self._tell(world, run, dice)
            await asyncio.sleep(dice.uniform(0.1, 1))

    async def _tell(self, world: World, run: str, dice: random.Random) -> int:
        """Hint each job that there is, and the run itself, five times; how many jobs."""
        jobs = await world.store.read(_LEASES, {"run": run})
        async with world.queue() as queue:
            routes = await Directions(queue).now()
            again = [(job["id"], routes.to(job["collector"])) for job in jobs] * RETOLD
            # As if each were another one: the queue takes the same hint once.
            hints = [
                queue.enqueue_job("collect", lease, _queue_name=where)
                for lease, where in again
                if where
            ]
            hints += [hint_advance(queue, run) for _ in range(RETOLD)]
            dice.shuffle(hints)
            await asyncio.gather(*hints)
        return len(jobs)


@contextmanager
def _asleep(pids: list[int]) -> Iterator[None]:
    """These processes stopped, for as long as this lasts."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
