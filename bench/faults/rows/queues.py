"""Rows about Redis: restarted, gone with all that it knew, away, full."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from bench.faults import load, scanning
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import ROLES, World

SCAN = scanning.Workload(60)
SMALL = scanning.Workload(3)
LARGE = scanning.Workload(300)  # over a thousand lookups


class RedisRestarted(Row):
    """SIGTERM for Redis in mid-scan; it comes back with its file of what was appended."""

    number = 3
    goal = Goal("no acknowledged act lost; all processes ready within 5 s of Redis", 5)
    workload = SCAN

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Restart it while people act."""
        async with load.acting(world) as acts:
            run = await scanning.start(world, SCAN)
            await scanning.under_way(world, run)
            await scanning.moment(dice, 3)
            await world.keeper.kill("redis", signal.SIGTERM)
            await world.keeper.ready("redis")
            took = await world.keeper.ready(*ROLES)
            broken = await scanning.ended(world, run)
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(),
            await scanning.runs_lost(world), recovery_s=took,
            broken=broken + load.final(acts.client.replies),
        )  # fmt: skip


class RedisEmptied(Row):
    """SIGKILL for Redis in mid-scan, and its folder removed before it starts again."""

    number = 4
    goal = Goal("0 of 1,000 jobs lost: the graph feeds the queue again within 30 s", 30)
    workload = LARGE

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Kill and wipe it."""
        run = await scanning.start(world, LARGE)
        await scanning.under_way(world, run)
        await scanning.moment(dice, 4)
        with world.keeper.held("redis"):
            await world.keeper.kill("redis")
            shutil.rmtree(world.servers.folder / "stack" / "redis" / "data")
        await world.keeper.ready("redis")
        began = time.monotonic()
        await world.keeper.ready(*ROLES)
        await scanning.going_on(world, run)
        took = time.monotonic() - began
        broken = await scanning.ended(world, run)
        return Outcome.of(
            await scanning.compared(world, LARGE), await scanning.runs_lost(world),
            recovery_s=took, broken=broken,
        )  # fmt: skip


class RedisAway(Row):
    """Redis ended or hanging (SIGSTOP) in mid-scan, and back half a minute later."""

    number = 5
    goal = Goal(
        "reads go on without an error; nothing over 2 s; at work within 30 s of its return", 30
    )
    workload = SCAN
    away_s: ClassVar[float] = 30.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Have people read and act meanwhile, and start a scan without a queue."""
        async with load.acting(world) as acts, load.reading(world) as reads:
            run = await scanning.start(world, SCAN)
            await scanning.under_way(world, run)
            await asyncio.sleep(dice.uniform(1, 3))
            before = load.slowest(acts.client.replies, reads.client.replies)
            acts.client.replies.clear()
            reads.client.replies.clear()
            is_ended = dice.random() < 0.5
            async with _away(world, is_ended=is_ended):
                await asyncio.sleep(self.away_s / 2)
                second = await scanning.start(world, SMALL, acts.client)
                await asyncio.sleep(self.away_s / 2)
            told = [*acts.client.replies, *reads.client.replies]
            took = await world.keeper.ready(*ROLES) + await scanning.going_on(world, run)
            broken = await scanning.ended(world, run) + await scanning.ended(world, second)
        refused = {f"a read failed: {reply}" for reply in reads.failed()}
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(), await scanning.runs_lost(world),
            recovery_s=took,
            broken=(*broken, *sorted(refused), *load.final(acts.client.replies), *load.slow(told)),
            note=f"{'ended' if is_ended else 'hanging'}, {len(told)} requests meanwhile; "
            f"the slowest before took {before:.1f} s",
        )  # fmt: skip


@asynccontextmanager
async def _away(world: World, *, is_ended: bool) -> AsyncIterator[None]:
    """Redis does not answer for as long as this lasts; it is ready again at the end."""
    with world.keeper.held("redis"):
        if is_ended:
            await world.keeper.kill("redis", signal.SIGTERM)
            yield
        else:
            pid = world.keeper.send("redis", signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(pid, signal.SIGCONT)
    await world.keeper.ready("redis")


class RedisFull(Row):
    """Redis refuses to grow (maxmemory, noeviction) for a while in mid-scan."""

    number = 6
    goal = Goal("no refusal without a code, nobody restarted; at work within 30 s of its end", 30)
    workload = SCAN
    full_s: ClassVar[float] = 12.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Leave no room, then give it back."""
        pids = {name: world.keeper.pid(name) for name in ROLES}
        async with load.acting(world) as acts, load.reading(world) as reads, world.queue() as queue:
            run = await scanning.start(world, SCAN)
            await scanning.under_way(world, run)
            await asyncio.sleep(dice.uniform(1, 3))
            before = load.slowest(acts.client.replies, reads.client.replies)
            acts.client.replies.clear()
            reads.client.replies.clear()
            await queue.config_set("maxmemory", 1)
            await asyncio.sleep(self.full_s / 2)
            second = await scanning.start(world, SMALL, acts.client)
            await asyncio.sleep(self.full_s / 2)
            await queue.config_set("maxmemory", 0)
            took = await scanning.going_on(world, run)
            broken = await scanning.ended(world, run) + await scanning.ended(world, second)
            restarted = tuple(
                f"{name} was started again"
                for name, pid in pids.items()
                if world.keeper.pid(name) != pid
            )
        replies = [*acts.client.replies, *reads.client.replies]
        mute = tuple(
            sorted({f"{each}" for each in replies if each.status >= 500 and not each.codes})
        )
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(), await scanning.runs_lost(world),
            recovery_s=took, broken=broken + restarted + mute + load.final(replies) + load.slow(replies),
            note=f"{len(replies)} requests meanwhile; the slowest before took {before:.1f} s",
        )  # fmt: skip
