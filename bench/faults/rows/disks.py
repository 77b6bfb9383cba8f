"""Rows about disks: full under Redis, under Neo4j, under raw answers and what is exported."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from bench.faults import load, scanning
from bench.faults.disks import Disk, small_disk, used_mb
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, World
from server.embedded.process import Child, StartFailed
from server.embedded.role import PYTHON

SCAN = scanning.Workload(60)
SMALL_MB = 64


class DiskFull(Row):
    """No byte left for a while where Redis, Neo4j or raw answers are written, in turn, in mid-scan."""

    number = 13
    goal = Goal(
        "what is refused has a code and may be repeated, reads go on; at work within 60 s of room",
        60,
    )
    workload = SCAN
    limit_s = 900.0
    full_s: ClassVar[float] = 12.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """All three in an order that the dice choose."""
        ways = [self._redis, self._neo4j, self._evidence]
        dice.shuffle(ways)
        outcomes: list[Outcome] = []
        for way in ways:
            if outcomes:
                await world.begin()
            outcomes.append(await way(world, dice))
            world.say(f"    {outcomes[-1].note}")
        return Outcome(
            tuple(each for one in outcomes for each in one.lost),
            tuple(each for one in outcomes for each in one.doubled),
            max(one.recovery_s or 0.0 for one in outcomes),
            tuple(each for one in outcomes for each in one.broken),
            "; ".join(one.note for one in outcomes),
        )

    async def _redis(self, world: World, dice: random.Random) -> Outcome:
        folder = world.servers.folder / "stack" / "redis" / "data"
        async with _under(world, "redis", folder, SMALL_MB) as disk:
            return await self._filled(world, dice, "Redis", disk)

    async def _neo4j(self, world: World, dice: random.Random) -> Outcome:
        folder = world.servers.folder / "stack" / "neo4j" / "data"
        size_mb = used_mb(folder) + 2 * SMALL_MB  # its store alone takes more than a small disk
        async with _under(world, "neo4j", folder, size_mb) as disk:
            outcome = await self._filled(world, dice, "Neo4j", disk)
            await _restarted(world, "neo4j")  # what is there has to be readable from the disk, too
            again = await scanning.compared(world, SCAN)
        return Outcome.of(
            again, recovery_s=outcome.recovery_s, broken=outcome.broken + outcome.lost + outcome.doubled,
            note=outcome.note,
        )  # fmt: skip

    async def _evidence(self, world: World, dice: random.Random) -> Outcome:
        folder = world.servers.folder / "evidence"
        async with small_disk(folder, SMALL_MB) as disk:
            outcome = await self._filled(world, dice, "raw answers", disk)
            disk.fill()
            broken = await _exported(world, folder, is_full=True)
            disk.free()
            broken += await _exported(world, folder, is_full=False)
        return Outcome(
            outcome.lost, outcome.doubled, outcome.recovery_s, outcome.broken + broken, outcome.note
        )

    async def _filled(self, world: World, dice: random.Random, what: str, disk: Disk) -> Outcome:
        """Carry a scan out while people act, and leave no room for some time of it."""
        async with load.acting(world) as acts, load.reading(world) as reads:
            run = await scanning.start(world, SCAN)
            await scanning.under_way(world, run)
            await scanning.moment(dice, 2)
            acts.client.replies.clear()
            reads.replies.clear()
            await disk.keep_full(self.full_s)
            meanwhile = list(acts.client.replies)
            disk.free()
            began = time.monotonic()
            await scanning.going_on(world, run)
            await world.keeper.ready(*APIS)
            await acts.answered_once_more()
            took = time.monotonic() - began
            broken = await scanning.ended(world, run)
            replies = [*acts.client.replies, *(reply for _, reply in reads.replies)]
            broken += load.final(replies) + load.slow(replies)
            # With room again Neo4j is started anew: then reads, too, are told to come again.
            unread = {
                str(reply) for at, reply in reads.replies if at < began and reply.data is None
            }
            broken += tuple(sorted(f"a read failed: {each}" for each in unread))
        broken += await acts.answered_otherwise()
        refused = sum(each.data is None for each in meanwhile)
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(), await scanning.runs_lost(world),
            recovery_s=took, broken=tuple(f"{what}: {each}" for each in broken),
            note=f"{what}: {refused} of {len(meanwhile)} writes refused, at work after {took:.1f} s",
        )  # fmt: skip


@asynccontextmanager
async def _under(world: World, name: str, folder: Path, size_mb: int) -> AsyncIterator[Disk]:
    """A small disk under a server, which is started again on it and off it."""
    with world.keeper.held(name):
        await world.keeper.kill(name, signal.SIGTERM)
        async with small_disk(folder, size_mb) as disk:
            world.keeper.let(name)
            await world.keeper.ready(*world.keeper.names)
            try:
                yield disk
            finally:
                world.keeper.hold(name)
                with contextlib.suppress(StartFailed):  # it had ended already
                    await world.keeper.kill(name, signal.SIGTERM)
    await world.keeper.ready(*world.keeper.names)


async def _restarted(world: World, name: str) -> None:
    await world.keeper.kill(name, signal.SIGTERM)
    await world.keeper.ready(name)


async def _exported(world: World, folder: Path, *, is_full: bool) -> tuple[str, ...]:
    """Export the organization to the disk: whole, or not at all with a reason."""
    file = folder / "export.jsonl"
    env = world.servers.environment()
    command = [*PYTHON, "server.cli", "org", "export", world.org, "--output", str(file)]
    child = Child("export", command, world.servers.folder / "export.log", env)
    code = await asyncio.to_thread(child.wait_stopped, 60)
    return _faults_of_export(child, code, file, is_full=is_full)


def _faults_of_export(child: Child, code: int, file: Path, *, is_full: bool) -> tuple[str, ...]:
    left = sorted(each.name for each in file.parent.glob("export*"))
    if is_full:
        said = child.output_tail()
        if code == 0 or left or "no room" not in said or "Traceback" in said:
            return (f"an export without room ends with {code}, leaves {left} and says {said!r}",)
        return ()
    is_whole = left == [file.name] and b'"type":"end"' in file.read_bytes().splitlines()[-1]
    file.unlink(missing_ok=True)
    return () if code == 0 and is_whole else (f"an export ends with {code}: {child.output_tail()}",)
