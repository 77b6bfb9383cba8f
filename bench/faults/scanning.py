"""Scans in a world: started by the API and journalled, watched in the graph, compared with an undisturbed run."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bench.faults.client import Client
from bench.faults.compare import Difference, Fact, balance, difference, digest, facts_of
from bench.faults.journal import acknowledged, read
from bench.faults.world import World
from graph.errors import StoreUnavailable
from server.jobs.lifecycle import FINAL
from server.jobs.presence import living

LOOK_EVERY_S = 0.1
STARTED = "startScan"
_START = """
mutation Start($seeds: [String!]!, $collectors: [String!]!, $presets: [ScanPreset!]!) {
  startScan(input: {seeds: $seeds, collectors: $collectors, presets: $presets}) { run { id } errors { message } } }
"""
_STATE = (
    "MATCH (r:Run {id: $run}) RETURN r.state AS state, r.reason AS reason, r.jobs_failed AS failed"
)
_HELD = """
MATCH (l:Lease {run: $run, state: 'TAKEN'}) RETURN l.id AS id, l.fence AS fence, l.worker AS worker
"""
_JOBS = "MATCH (l:Lease {run: $run}) RETURN l.id AS id, l.fence AS fence, l.state AS state"
_DONE = (
    "MATCH (l:Lease {run: $run}) WHERE l.state IN ['DONE', 'FAILED', 'FOLLOWED'] RETURN count(l)"
)
_ATTEMPTS = """
MATCH (l:Lease {run: $run}) WHERE l.attempts > 1 RETURN l.collector + ' was taken ' + l.attempts + ' times' AS told
"""
_RUNS = "MATCH (r:Run) RETURN r.id AS id"


@dataclass(frozen=True)
class Workload:
    """A scan: how many made-up names are its seeds, with what further ones, and who is asked about them."""

    seeds: int
    collectors: tuple[str, ...] = ("drip.addresses", "drip.names", "dns.resolve")
    further: tuple[str, ...] = ("orrery-labs.example",)  # of the lab, whose answers are not made up
    preset: str = "FOOTPRINT"

    @property
    def names(self) -> list[str]:
        """The seeds."""
        made_up = (f"n{number}.faults-{number % 7}.test" for number in range(self.seeds))
        return [*self.further, *made_up]

    def with_collectors(self, *more: str) -> Workload:
        """The same, with more that are asked."""
        return replace(self, collectors=self.collectors + more)


@dataclass(frozen=True)
class Held:
    """A job in a worker's hands: its id, the number it was taken with, who has it."""

    id: str
    fence: int
    worker: str

    def is_of(self, pid: int) -> bool:
        """Whether it is in the hands of the process `pid`."""
        return f":{pid}." in self.worker


async def start(world: World, workload: Workload, client: Client | None = None) -> str:
    """Start a scan by the API, repeating by its key until it is answered; the run, which is then in the journal.

    `client` is somebody else than the caller of the injection.
    """
    key = str(uuid.uuid4())
    given = {
        "seeds": workload.names,
        "collectors": list(workload.collectors),
        "presets": [workload.preset],
    }
    told = await (client or world.client).do(_START, given, key)
    if told["startScan"]["errors"]:
        raise RuntimeError(f"startScan: {told['startScan']['errors']}")
    run = str(told["startScan"]["run"]["id"])
    world.journal.note(STARTED, run)
    return run


async def held(world: World, run: str) -> list[Held]:
    """The jobs of a run that somebody has in hand."""
    return [Held(**row) for row in await world.store.read(_HELD, {"run": run})]


async def under_way(world: World, run: str, jobs: int = 1, within_s: float = 60) -> list[Held]:
    """Wait until so many of its jobs are in somebody's hands; these. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            found = await held(world, run)
            if len(found) >= jobs:
                return found
            await asyncio.sleep(LOOK_EVERY_S)


async def moment(dice: random.Random, most_s: float) -> None:
    """Wait for some time that the dice choose."""
    await asyncio.sleep(dice.uniform(0, most_s))


async def moved_on(world: World, run: str, jobs: Sequence[Held], within_s: float = 120) -> float:
    """Wait until none of these jobs is where it was; the seconds that it took. Raises TimeoutError."""
    began = time.monotonic()
    left = {job.id: job.fence for job in jobs}
    while left:
        for row in await world.store.read(_JOBS, {"run": run}):
            is_taken_up = row["state"] != "READY" and row["fence"] > left.get(
                row["id"], row["fence"]
            )
            if is_taken_up or row["state"] in ("DONE", "FAILED", "FOLLOWED"):
                left.pop(row["id"], None)
        if left and time.monotonic() - began > within_s:
            raise TimeoutError(f"{len(left)} jobs were not taken up within {within_s:g} s")
        await asyncio.sleep(LOOK_EVERY_S)
    return time.monotonic() - began


async def going_on(world: World, run: str, within_s: float = 120) -> float:
    """Wait until one more job of a run is done, or it has ended; the seconds that it took. Raises TimeoutError."""
    began = time.monotonic()
    before = await world.store.read_single(_DONE, {"run": run})
    while True:
        state = (await world.store.read(_STATE, {"run": run}))[0]["state"]
        if state in FINAL or await world.store.read_single(_DONE, {"run": run}) > before:
            return time.monotonic() - began
        if time.monotonic() - began > within_s:
            raise TimeoutError(f"run {run} did not go on within {within_s:g} s")
        await asyncio.sleep(LOOK_EVERY_S)


async def ended(
    world: World, run: str, within_s: float = 150, given_up: int = 0
) -> tuple[str, ...]:
    """Wait until a run has ended; what of its end is not as it should be, in words.

    `given_up` jobs of it have to fail.
    """
    row = await settled(world, run, within_s)
    if row["state"] not in FINAL:
        return (f"run {run} is {row['state']} after {within_s:g} s",)
    broken = [] if row["state"] == "FINISHED" else [f"run {run} is {row['state']}: {row['reason']}"]
    if row["failed"] != given_up:
        broken.append(f"{row['failed']} jobs of run {run} were given up, not {given_up}")
    return tuple(broken)


async def settled(world: World, run: str, within_s: float) -> Mapping[str, Any]:
    """Wait until a run has ended, not longer than that: its state, reason and number of failed jobs."""
    until = time.monotonic() + within_s
    row: Mapping[str, Any] = {"state": "unknown", "reason": "", "failed": 0}
    while row["state"] not in FINAL and time.monotonic() < until:
        with suppress(StoreUnavailable):
            row = next(iter(await world.store.read(_STATE, {"run": run})), row)
        await asyncio.sleep(LOOK_EVERY_S)
    return row


async def taken_again(world: World, run: str) -> tuple[str, ...]:
    """The jobs of a run that were taken more than once, in words."""
    return tuple(row["told"] for row in await world.store.read(_ATTEMPTS, {"run": run}))


async def runs_lost(world: World) -> Difference:
    """The runs that were acknowledged so far and are not there, or are there twice."""
    there = [row["id"] for row in await world.store.read(_RUNS)]
    return balance(acknowledged(read(world.journal.path), STARTED), there)


async def compared(world: World, workload: Workload, without: str = "") -> Difference:
    """What the organization has less and more than one in which the same scan ran without a fault.

    What collectors whose names begin with `without` said is left out.
    """
    found = await facts_of(world.store, world.org)
    told = {
        fact: count
        for fact, count in found.items()
        if not (without and fact[0] in ("observation", "claim") and fact[1].startswith(without))
    }
    return difference(world.quiet[workload], told)


async def run_quietly(world: World, workload: Workload) -> Counter[Fact]:
    """What the scan finds without a fault; carried out once, in an organization of its own."""
    if workload not in world.quiet:
        await world.begin()
        world.say(f"a run without a fault, {workload.seeds} seeds")
        run = await start(world, workload)
        if broken := await ended(world, run):
            raise RuntimeError(f"even without a fault: {broken}")
        found = world.quiet[workload] = await facts_of(world.store, world.org)
        world.say(f"it found {found.total()} facts, {digest(found)}")
    return world.quiet[workload]


async def drained(world: World, former: Set[bytes], within_s: float = 60) -> None:
    """Wait until no hint is left beside `former` ones. Raises TimeoutError.

    What a killed worker had in hand stays in its queue for ten minutes, and means nothing.
    """
    async with asyncio.timeout(within_s):
        while True:
            if await hints(world) <= former:
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def hints(world: World) -> Set[bytes]:
    """The hints for those conductors and collectors that live, those in hand included."""
    async with world.queue() as queue:
        alive = [each for each in await living(queue) if each.role in ("conductor", "collector")]
        names = {name for each in alive for name in each.queues}
        return {hint for name in names for hint in await queue.zrange(name, 0, -1)}
