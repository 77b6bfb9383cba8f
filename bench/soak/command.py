"""`python -m bench soak`: a demo stack at work for some time, and what it does not give back."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import uvloop

from bench._kit.process import open_files, resident_mb, threads
from bench._kit.whole import Up, home, processes_of, started
from bench.soak.judging import (
    DATABASES,
    NEO4J_BESIDE_MB,
    REDIS_MOST_MB,
    WARM_UP,
    Level,
    Sample,
    Verdict,
    judged,
    table,
    unreturned,
)
from bench.soak.work import Work
from server.embedded.neo4j import Memory, machine_memory_mb
from server.embedded.state import read_state

MINUTES = 30.0
EVERY_S = 10.0
RESTS_S = 75.0  # the processes of jobs end after a minute without one
GAUGES = ("mirage_subscriptions", "mirage_websockets")


@dataclass
class Soak:
    """A stack under observation: the samples of each of its processes, by name."""

    up: Up
    began: float = field(default_factory=time.monotonic)
    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def say(self, text: str) -> None:
        """A line of progress, with the seconds since the begin."""
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", file=sys.stderr, flush=True)

    @property
    def pids(self) -> dict[str, int]:
        """The processes by name, as they are now."""
        state = read_state(self.up.instance.state_file)
        return {} if state is None else processes_of(state)

    def sample(self) -> dict[str, Sample]:
        """Each process now; one that is just being started again is left out."""
        found: dict[str, Sample] = {}
        at = time.monotonic() - self.began
        for name, pid in self.pids.items():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, StopIteration):
                found[name] = Sample(at, pid, resident_mb(pid), open_files(pid), threads(pid))
        return found

    async def observe(self, seconds: float) -> None:
        """Take samples for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.up.child.check_alive()
            for name, sample in self.sample().items():
                self.samples[name].append(sample)
            await asyncio.sleep(min(EVERY_S, left))

    async def level(self, port: int) -> Level:
        """What is held at rest, once it has rested."""
        await asyncio.sleep(RESTS_S)
        found = self.sample()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics")
        gauges = {
            name: float(line.split()[-1])
            for name in GAUGES
            for line in answer.text.splitlines()
            if line.startswith(f"{name} ")
        }
        if gauges.keys() != set(GAUGES):
            raise RuntimeError(f"/metrics tells only of {sorted(gauges)}")
        return Level(
            {name: each.files for name, each in found.items()},
            {name: each.threads for name, each in found.items()},
            gauges,
        )

    def verdicts(self) -> list[Verdict]:
        """What came of each process."""
        memory = Memory.for_machine(machine_memory_mb())
        bounds = {
            "redis": REDIS_MOST_MB,
            "neo4j": memory.heap_mb + memory.page_cache_mb + NEO4J_BESIDE_MB,
        }
        assert set(bounds) == set(DATABASES)
        return [
            judged(name, samples, bounds.get(name))
            for name, samples in sorted(self.samples.items())
        ]


async def soak(minutes: float) -> tuple[list[Verdict], list[str], Work]:
    """Start a stack, keep it at work for so long, and look; what each process came to, and what did not return."""
    with home(has_jars=True) as folder:
        async with started(folder, "demo", "--json") as up:
            soaked = Soak(up)
            soaked.say("starts the stack, and scans the lab")
            port = await _begun(up)
            work = Work.of(up.instance, port)
            warm_s = minutes * 60 * WARM_UP
            try:
                soaked.say("at work: the warm-up")
                async with work.under_way():
                    await soaked.observe(warm_s)
                soaked.say("at rest")
                before = await soaked.level(port)
                soaked.say("at work")
                async with work.under_way():
                    await soaked.observe(minutes * 60 - warm_s)
                soaked.say("at rest")
                after = await soaked.level(port)
            finally:
                await work.client.aclose()
            return soaked.verdicts(), unreturned(before, after), work


async def _begun(up: Up) -> int:
    """Return once the demo has scanned the lab; the API's port."""
    await up.scanned()
    state = await up.ready()
    return httpx.URL(state.addresses["graphql"]).port or 0


def main(arguments: Sequence[str]) -> int:
    """Carry out what is asked for; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long it is at work")
    parser.add_argument("--json", action="store_true", help="only the line of JSON, no table")
    given = parser.parse_args(arguments)
    if given.minutes < 1:
        parser.error("--minutes: at least 1")
    before = os.getloadavg()[0]
    verdicts, left, work = uvloop.run(soak(given.minutes))
    broken = [*left, *_undone(work)]
    if not given.json:
        print(table(verdicts))
        print("\n".join(broken) or "everything has returned to its level")
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "minutes": given.minutes,
        "cores": os.cpu_count(),
        "load": [round(before, 2), round(os.getloadavg()[0], 2)],
        "scans": dict(work.scans),
        "answers": dict(work.answers),
        "subscribed": work.subscribed,
        "processes": [each.as_json() for each in verdicts],
        "broken": broken,
    }
    print(json.dumps(told))
    return 1 if broken or any(each.missed for each in verdicts) else 0


def _undone(work: Work) -> list[str]:
    """What of the work did not end as it should."""
    bad = {state: count for state, count in work.scans.items() if state != "FINISHED"}
    return [f"{count} scans ended {state}" for state, count in bad.items()] + [
        f"{count} questions: {what}" for what, count in work.answers.items() if what != "answered"
    ]
