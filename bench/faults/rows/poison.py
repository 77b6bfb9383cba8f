"""Rows about collectors that harm whoever runs them: slow, hung, deadly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from bench.faults import scanning
from bench.faults.modules.toxic.drips import SLOW_PORT
from bench.faults.modules.toxic.stubborn import MARK
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import COLLECTORS, World
from server.jobs.presence import living

TOXIC = "toxic."
SCAN = scanning.Workload(20)
BROKEN_S = 600.0
"""How long three jobs of a broken module may take to die twice each: after three deaths it is asked again only after a
minute, after the next after two, and so on."""
_TOXIC = """
MATCH (l:Lease {run: $run}) WHERE l.collector STARTS WITH 'toxic.'
RETURN l.collector AS collector, l.state AS state, coalesce(l.deaths, 0) AS deaths, l.reason AS reason
"""
_SLOW = """
MATCH (o:Observation {run: $run, collector: 'toxic.drips'})
RETURN o.part AS part, o.outcome AS outcome, coalesce(o.reason, '') AS reason,
       duration.inSeconds(o.started_at, o.ended_at).seconds AS seconds
"""


async def deaths_of(
    world: World, run: str, deadly: Collection[str], within_s: float
) -> tuple[str, ...]:
    """Wait for the end of a run with toxic jobs; what is not as it should be.

    Those of `deadly` collectors are given up after two deaths. Others may be, or end in an error that they answer.
    """
    until = time.monotonic() + within_s
    await scanning.settled(world, run, within_s)
    rows = await world.store.read(_TOXIC, {"run": run})
    wrong = tuple(
        f"{row['collector']} is {row['state']} after {row['deaths']} deaths: {row['reason']}"
        for row in rows
        if (row["state"], row["deaths"]) != ("FAILED", 2)
        and (row["state"] != "DONE" or row["collector"] in deadly)
    )
    given_up = sum(row["state"] == "FAILED" for row in rows)
    return wrong + await scanning.ended(world, run, max(1, until - time.monotonic()), given_up)


class HungCollector(Row):
    """Collectors that compute for ever, block their thread, or wait for a child that does not end."""

    number = 11
    goal = Goal(
        "each given up after two deaths, no process left; neighbours' loops late by under 1 s"
    )
    limit_s = 400.0
    workload = SCAN
    deadly: ClassVar[tuple[str, ...]] = ("toxic.hangs", "toxic.blocks", "toxic.stubborn")

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Two of them beside good ones: each death takes as long as a process may stand still."""
        deadly = tuple(dice.sample(self.deadly, 2))
        lags: list[int] = []
        watching = asyncio.create_task(_watch(world, lags))
        try:
            run = await scanning.start(world, SCAN.with_collectors(*deadly))
            broken = await deaths_of(world, run, deadly, 350)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        worst = max(lags, default=0)
        if worst >= 1_000:
            broken += (f"a neighbour's loop was late by {worst} ms",)
        broken += tuple(f"left behind: process {each}" for each in _left_behind())
        found = await scanning.compared(world, SCAN, without=TOXIC)
        return Outcome.of(found, broken=broken, note=f"{', '.join(deadly)}; worst lag {worst} ms")


async def _watch(world: World, lags: list[int]) -> None:
    """Note how late the loops of collector processes are, as they say themselves."""
    async with world.queue() as queue:
        while True:
            lags += [one.loop_lag_ms for one in await living(queue) if one.role == "collector"]
            await asyncio.sleep(1)


def _left_behind() -> list[str]:
    """Process ids of children of jobs that still run."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if MARK.encode() in each.read_bytes():
                found.append(each.parent.name)
    return found


class PoisonousJobs(Row):
    """Collectors that end their process, take all memory, or unpack what is far too large."""

    number = 12
    goal = Goal("given up after two deaths; every other job is done")
    limit_s = BROKEN_S + 60
    workload = SCAN
    deadly: ClassVar[tuple[str, ...]] = ("toxic.exits",)
    bad: ClassVar[tuple[str, ...]] = ("toxic.eats", "toxic.bombs")

    async def inject(self, world: World, dice: random.Random) -> Outcome:  # noqa: ARG002 - nothing to choose
        """All of them beside good ones; those that only run out of memory end in an error of their own."""
        pids = [world.keeper.pid(name) for name in COLLECTORS]
        run = await scanning.start(world, SCAN.with_collectors(*self.deadly, *self.bad))
        broken = await deaths_of(world, run, self.deadly, BROKEN_S)
        if [world.keeper.pid(name) for name in COLLECTORS] != pids:
            broken += ("a collector process died of it",)
        return Outcome.of(await scanning.compared(world, SCAN, without=TOXIC), broken=broken)


class SlowSource(Row):
    """A server that sends one byte a second and never comes to an end."""

    number = 10
    goal = Goal(
        "given up at its deadline (5 s an attempt) + 2 s; what was found meanwhile is kept, marked",
        7,
    )
    attempts: ClassVar[int] = 3

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Ask it about some addresses, which all lead there."""
        addresses = tuple(f"203.0.113.{last}" for last in dice.sample(range(130, 250), 5))
        scan = scanning.Workload(0, ("toxic.drips",), addresses, "ATTACK_SURFACE")
        async with _dripping() as port, _routed(world, addresses, port):
            run = await scanning.start(world, scan)
            broken = await scanning.ended(world, run)
        rows = await world.store.read(_SLOW, {"run": run})
        outcomes = sorted((row["part"], row["outcome"]) for row in rows)
        wanted = sorted(
            (each, end) for each, end in (("quick", "FOUND"), ("slow", "ERROR")) for _ in addresses
        )
        if outcomes != wanted:
            broken += (f"answers: {outcomes}",)
        unmarked = [row for row in rows if row["part"] == "slow" and not row["reason"]]
        broken += tuple(f"no reason is told: {row}" for row in unmarked)
        took = max((row["seconds"] for row in rows), default=0) / self.attempts
        return Outcome.of(recovery_s=took, broken=broken, note=f"{len(rows)} answers")


@asynccontextmanager
async def _dripping() -> AsyncIterator[int]:
    """A server that sends a byte a second to whoever connects; its port."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(1)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def _routed(world: World, addresses: tuple[str, ...], port: int) -> AsyncIterator[None]:
    """Collector processes for which these addresses lead to a loopback port, in place of the usual ones."""
    state = json.loads(world.lab_state.read_text("utf-8"))
    state["routes"] |= {f"{each}:{SLOW_PORT}/tcp": f"127.0.0.1:{port}" for each in addresses}
    file = world.servers.folder / "routes.json"
    file.write_text(json.dumps(state), "utf-8")
    await world.keeper.stop(*COLLECTORS)
    try:
        await world.keeper.start(world.role("collector-3", "collector", lab_state=str(file)))
        yield
    finally:
        await world.keeper.stop("collector-3")
        await world.keeper.start(*(world.role(name, "collector") for name in COLLECTORS))
