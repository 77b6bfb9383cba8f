"""Rows about Neo4j: killed, hanging, ended, and asked by many at once for the same nodes."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from typing import ClassVar

from bench._kit.figure import percentile
from bench.faults import load, scanning
from bench.faults.ingesting import ingesting
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, ROLES, World

SCAN = scanning.Workload(60)
WARM_UP_S = 3.0
SETTLED_S = 3.0  # after which everybody who asks an absent database has to be told so


class DatabaseKilled(Row):
    """SIGKILL for Neo4j while batches are written, notes made and a scan carried out."""

    number = 7
    goal = Goal("acknowledged batches whole and once; APIs ready within 5 s of its return", 5)
    workload = SCAN

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Kill it, and let it come back."""
        async with load.acting(world) as acts, ingesting(world, dice) as batches:
            run = await scanning.start(world, SCAN)
            await scanning.under_way(world, run)
            await scanning.moment(dice, 4)
            await world.keeper.kill("neo4j")
            await world.keeper.ready("neo4j")
            back = time.monotonic()
            took = await world.keeper.ready(*APIS)
            # A database that has just been started plans each statement anew, for all who waited for it at once.
            await acts.answered_once_more()
            note = time.monotonic() - back
            batch = await batches.acknowledged_after(back)
            await asyncio.sleep(1)
        broken = await scanning.ended(world, run) + await acts.answered_otherwise()
        return Outcome.of(
            await batches.balance(), await acts.balance(), await scanning.compared(world, SCAN),
            recovery_s=took, broken=broken + load.final(acts.client.replies),
            note=f"{len(batches.acks)} batches, the next after {batch:.1f} s; {len(acts.answers)} notes, {note:.1f} s",
        )  # fmt: skip


class DatabaseAway(Row):
    """Neo4j stopped (SIGSTOP) for a minute in mid-scan, and ended (SIGTERM) for another one."""

    number = 8
    goal = Goal("503 within 2 s meanwhile; no job given up; answers within 5 s of its return", 5)
    workload = SCAN
    limit_s = 420.0
    away_s: ClassVar[float] = 60.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Both ways, in an order that the dice choose, during one scan."""
        ways = [self._hang, self._end]
        dice.shuffle(ways)
        broken: tuple[str, ...] = ()
        took: list[float] = []
        async with load.reading(world) as reads:
            run = await scanning.start(world, SCAN)
            for way in ways:
                await scanning.under_way(world, run)
                await scanning.moment(dice, 2)
                began = time.monotonic()
                await way(world)
                back = time.monotonic()
                took.append(await world.keeper.ready(*APIS))
                meanwhile = [r for at, r in reads.replies if began + SETTLED_S < at < back]
                broken += load.slow(meanwhile) + tuple(
                    sorted(
                        {
                            f"an answer without the database: {r}"
                            for r in meanwhile
                            if r.status != 503
                        }
                    )
                )
                broken += () if meanwhile else ("nobody was answered meanwhile",)
            broken += await scanning.ended(world, run)
        await world.keeper.ready(*ROLES)
        return Outcome.of(
            await scanning.compared(world, SCAN), recovery_s=max(took), broken=broken,
            note=f"{' then '.join(way.__name__.strip('_') for way in ways)}, {len(reads.replies)} reads",
        )  # fmt: skip

    async def _hang(self, world: World) -> None:
        pid = world.keeper.send("neo4j", signal.SIGSTOP)
        try:
            await asyncio.sleep(self.away_s)
        finally:
            world.keeper.send("neo4j", signal.SIGCONT)
        assert world.keeper.pid("neo4j") == pid

    async def _end(self, world: World) -> None:
        with world.keeper.held("neo4j"):
            await world.keeper.kill("neo4j", signal.SIGTERM)
            await asyncio.sleep(self.away_s)
        await world.keeper.ready("neo4j")


class Deadlocks(Row):
    """Sixteen writers on fifty nodes that all of them state, each in an order of its own."""

    number = 9
    goal = Goal("all commit in the end, p99 of a batch under 5 s", 5)
    lasts_s: ClassVar[float] = 10.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Nothing is broken but the peace."""
        async with ingesting(world, dice, writers=1, batch=5):
            await asyncio.sleep(
                WARM_UP_S
            )  # a database that has just started plans each statement first
        async with ingesting(world, dice, writers=16, batch=5) as batches:
            await asyncio.sleep(self.lasts_s)
        p99 = percentile(batches.took, 0.99)
        refused = tuple(f"a batch was refused: {each}" for each in batches.refused)
        note = f"{len(batches.took)} batches"
        return Outcome.of(await batches.balance(), recovery_s=p99, broken=refused, note=note)
