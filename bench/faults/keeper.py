"""Programs that are started again when they die, as `mirage up` does, unless a fault is to last.

The programs are this process's children: its pids are theirs, and they end with it, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from server.embedded.process import Child, Program
from server.embedded.state import ProcessReport, ProcessState
from server.embedded.supervisor import Kept

LOOK_EVERY_S = 0.1


class Keeper:
    """Starts programs, watches them from a thread, and stops them. Use `keeping()`.

    The thread lives until all have stopped: a child gets SIGTERM when the thread that started it ends.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._held: set[str] = set()
        self._guard = threading.RLock()
        self._is_over = threading.Event()
        self.restarts: dict[str, int] = {}

    async def start(self, *programs: Program) -> None:
        """Start these, and return when they do their work. Raises StartFailed, TimeoutError."""
        for program in programs:
            report = ProcessReport(
                name=program.name, state=ProcessState.STARTING, since=datetime.now(UTC)
            )
            kept = Kept(program, report)
            with self._guard:
                kept.start()
                self._kept[program.name] = kept
        await self.ready(*(program.name for program in programs))

    @property
    def names(self) -> list[str]:
        """All that is kept running, in the order of starting."""
        return list(self._kept)

    def pid(self, name: str) -> int:
        """The process id of what is running now. Raises StartFailed where it is not."""
        return self._kept[name].running().pid

    def child(self, name: str) -> Child:
        """The process itself. Raises StartFailed where it does not run."""
        return self._kept[name].running()

    def send(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a program; its process id."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """What dies meanwhile is not started again before the end."""
        self.hold(name)
        try:
            yield
        finally:
            self.let(name)

    def hold(self, name: str) -> None:
        """What dies from now on is not started again."""
        with self._guard:
            self._held.add(name)

    def let(self, name: str) -> None:
        """What has died is started again."""
        with self._guard:
            self._held.discard(name)

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal and wait until the process is gone; its process id."""
        child = self.child(name)
        os.kill(child.pid, number)
        await asyncio.to_thread(child.wait_stopped, 60)
        return child.pid

    async def ready(self, *names: str) -> float:
        """Wait until these do their work, and give the seconds that it took.

        Raises StartFailed, and TimeoutError after the time in which a program has to be ready when it starts.
        """
        began = time.monotonic()
        for name in names:
            within_s = self._kept[name].program.start_limit_s
            while not await self._is_ready(name):
                if time.monotonic() - began > within_s:
                    raise TimeoutError(
                        f"{name} was not ready within {within_s:g} s\n{self.tail(name)}"
                    )
                await asyncio.sleep(LOOK_EVERY_S / 2)
        return time.monotonic() - began

    async def _is_ready(self, name: str) -> bool:
        kept = self._kept[name]
        child = kept.child
        if child is None or child.exit_code is not None:
            return False
        return await asyncio.to_thread(kept.program.is_ready)

    def tail(self, name: str) -> str:
        """The end of what a program printed."""
        child = self._kept[name].child
        return child.output_tail() if child else ""

    def forgive(self) -> None:
        """Count no failures so far: what dies next is started again after the shortest pause."""
        with self._guard:
            for kept in self._kept.values():
                kept.failures_in_a_row = 0

    async def stop(self, *names: str) -> None:
        """Stop these for good, in this order."""
        for name in names:
            with self._guard:
                kept = self._kept.pop(name, None)
            if kept is not None:
                await asyncio.to_thread(_end, kept)

    def watch(self) -> None:
        """Look after all of them until `end`; what a thread runs."""
        while not self._is_over.wait(LOOK_EVERY_S):
            with self._guard:
                for name, kept in self._kept.items():
                    if name not in self._held:
                        kept.look()
                        self.restarts[name] = kept.report.restarts

    def end(self) -> None:
        """Stop all of them, those that were started last first."""
        with self._guard:
            kept = list(reversed(self._kept.values()))
            self._kept.clear()
        for each in kept:
            with contextlib.suppress(ProcessLookupError):
                _awake(each)
            each.ask_to_stop()
            each.wait_stopped()
        self._is_over.set()


@asynccontextmanager
async def keeping() -> AsyncIterator[Keeper]:
    """A keeper; all that it started has stopped at the end."""
    keeper = Keeper()
    watching = threading.Thread(target=keeper.watch, name="keeper", daemon=True)
    watching.start()
    try:
        yield keeper
    finally:
        keeper.end()
        watching.join()


def children(pid: int) -> list[int]:
    """The process ids of a process's children, theirs included (Linux)."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text("ascii").split()):
                found += [child, *children(child)]
    return found


def _awake(kept: Kept) -> None:
    """A process that is stopped does not hear that it shall end."""
    if kept.child is not None:
        for pid in (kept.child.pid, *children(kept.child.pid)):
            os.kill(pid, signal.SIGCONT)


def _end(kept: Kept) -> None:
    with contextlib.suppress(ProcessLookupError):
        _awake(kept)
    kept.ask_to_stop()
    kept.wait_stopped()
