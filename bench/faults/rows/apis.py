"""Rows about the API: killed in mid-mutation, and replaced process by process while people work."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from typing import ClassVar

from bench.faults import load, scanning
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, COLLECTORS, CONDUCTOR, World

SCAN = scanning.Workload(60)
SMALL = scanning.Workload(2, ("dns.resolve",))


class ApiKilled(Row):
    """SIGKILL for both API processes, again and again, while eight clients make notes and start scans."""

    number = 16
    goal = Goal("each mutation wholly there or absent; its repetition is answered alike")
    kills: ClassVar[int] = 3

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Kill one or both at random moments."""
        async with load.acting(world, at_once=8, pause_s=0.01) as acts:
            starting = asyncio.create_task(self._start_scans(world, acts))
            for _ in range(self.kills):
                await asyncio.sleep(dice.uniform(0.2, 3))
                victims = dice.sample(APIS, dice.choice((1, 2)))
                await asyncio.gather(*(world.keeper.kill(victim) for victim in victims))
                await world.keeper.ready(*APIS)
                world.keeper.forgive()
            acts.is_over = True
            runs = await starting
        broken = await acts.answered_otherwise(len(acts.answers)) + load.final(acts.client.replies)
        for run in runs:
            broken += await scanning.ended(world, run)
        return Outcome.of(
            await acts.balance(), await scanning.runs_lost(world), broken=broken,
            note=f"{len(acts.answers)} notes, {len(runs)} scans",
        )  # fmt: skip

    async def _start_scans(self, world: World, acts: load.Acting) -> list[str]:
        runs = []
        while not acts.is_over:
            runs.append(await scanning.start(world, SMALL))
            await asyncio.sleep(0.5)
        return runs


class RollingRestart(Row):
    """SIGTERM for each process in turn, the next one when the last one is back, at a steady load."""

    number = 24
    goal = Goal("no request refused for good, none unanswered by both APIs; nothing over 2 s")
    workload = SCAN
    clients: ClassVar[int] = 10  # each asks ten times a second

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Replace all in an order that the dice choose."""
        order = [*APIS, CONDUCTOR, *COLLECTORS]
        dice.shuffle(order)
        codes: list[str] = []
        async with (
            load.acting(world, at_once=2) as acts,
            load.reading(world, at_once=self.clients, is_patient=True) as reads,
        ):
            run = await scanning.start(world, SCAN)
            began = time.monotonic()
            for name in order:
                child = world.keeper.child(name)
                await world.keeper.kill(name, signal.SIGTERM)
                if child.exit_code:
                    codes.append(f"{name} ended with exit code {child.exit_code}")
                await world.keeper.ready(name)
            took = time.monotonic() - began
        broken = await scanning.ended(world, run) + tuple(codes)
        replies = [*acts.client.replies, *(reply for _, reply in reads.replies)]
        unanswered = tuple(sorted({f"asked in vain: {reply}" for reply in reads.failed()}))
        return Outcome.of(
            await scanning.compared(world, SCAN), await acts.balance(), await scanning.runs_lost(world),
            broken=broken + unanswered + load.final(replies) + load.slow(replies),
            note=f"{len(replies) / took:.0f} requests a second for {took:.0f} s",
        )  # fmt: skip
