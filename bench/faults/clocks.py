"""Processes whose clock is wrong: by libfaketime, so that the machine's own clock and all timers stay as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.faults.keeper import Keeper
from bench.faults.world import Process

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
NAME = "faketime/libfaketimeMT.so.1"


class NoFaketime(RuntimeError):
    """The library that makes clocks wrong is not on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "clocks cannot be made wrong: libfaketime is missing (Debian: apt-get install faketime)"
        )


def library() -> Path:
    """Where libfaketime lies. Raises NoFaketime."""
    for folder in LIBRARIES:
        for found in (*Path(folder).glob(NAME), *Path(folder).glob(f"*/{NAME}")):
            return found
    raise NoFaketime


@dataclass(frozen=True)
class Clock:
    """The clock of one process: how many seconds it differs from the machine's, as a file says."""

    file: Path

    def become(self, seconds: float) -> None:
        """Differ by so much from now on: a jump, for whoever reads it meanwhile."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{seconds:+g}\n", "ascii")
        beside.replace(self.file)


@asynccontextmanager
async def wrong(keeper: Keeper, program: Process, seconds: float) -> AsyncIterator[Clock]:
    """A running program replaced by one whose clock is wrong; by itself again at the end. Raises NoFaketime."""
    preload = library()
    clock = Clock(program.log.with_suffix(".clock"))
    clock.become(seconds)
    env = {
        **program.env,
        "LD_PRELOAD": str(preload),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_NO_CACHE": "1",
        # What measures how long something takes is not set by anybody, and does not jump.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    await keeper.stop(program.name)
    try:
        await keeper.start(replace(program, env=env))
        yield clock
    finally:
        await keeper.stop(program.name)
        await keeper.start(program)
