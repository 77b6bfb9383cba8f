"""One child process of ours: started under a guard, with its output in a file, stopped by SIGTERM.

It decides nothing about restarting; `supervisor.py` does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from graph.errors import MirageError

_GUARD = Path(__file__).with_name("guard.py")
_TAIL_BYTES, _TAIL_LINES = 16_000, 12
_LOG_LIMIT_BYTES = 16_000_000
LOOK_EVERY_S = 0.1
_ONE_SHOT_GRACE_S = 10.0


class StartFailed(MirageError):
    """A program of the stack did not start; the message has the end of its output."""

    code = "START_FAILED"


class Child:
    """A running program. It gets SIGTERM when this process dies, however it dies (`guard.py`).

    It runs in a session of its own, so that Ctrl-C reaches only the process that then stops the
    others in order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        _make_room(log)
        with log.open("ab") as output:
            self._log_starts_at = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 - commands are built by this package, never from input
                [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def output_tail(self) -> str:
        """The last lines this program printed since it was started."""
        with self.log.open("rb") as output:
            size = output.seek(0, os.SEEK_END)
            output.seek(max(self._log_starts_at, size - _TAIL_BYTES))
            lines = output.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def check_alive(self) -> None:
        """Raise `StartFailed` with the end of the output if the program has ended."""
        code = self.exit_code
        if code is not None:
            raise StartFailed(
                f"{self.name} ended with exit code {code} while starting. "
                f"Its output ({self.log}) ends with:\n"
                f"{self.output_tail()}"
            )

    def ask_to_stop(self) -> None:
        """Send SIGTERM, if it still runs."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def wait_stopped(self, grace_s: float) -> int:
        """Wait for the end, with SIGKILL after `grace_s`; give the exit code."""
        try:
            return self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def stop(self, grace_s: float) -> int:
        """Ask to stop and wait for it."""
        self.ask_to_stop()
        return self.wait_stopped(grace_s)


def _make_room(log: Path) -> None:
    """Set aside a log that has grown large, keeping one former."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


class Program(Protocol):
    """Something that can be run as a child."""

    name: str
    start_limit_s: float
    stop_grace_s: float

    def start(self) -> Child:
        """Start it now."""
        ...

    def is_ready(self) -> bool:
        """Whether it does its work."""
        ...


@runtime_checkable
class Healed(Protocol):
    """A program that may come to a standstill from which only a new start frees it."""

    def is_stuck(self) -> bool:
        """Whether it has; asked again and again while it runs."""
        ...


@dataclass(frozen=True)
class OneShot:
    """A program that is run once and must end well."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(repr=False)

    def run(self, check_wanted: Callable[[], None]) -> None:
        """Run it to its end; `StartFailed` with its output if that is not well."""
        child = Child(self.name, self.command, self.log, self.env)
        try:
            while (code := child.exit_code) is None:
                check_wanted()
                time.sleep(LOOK_EVERY_S / 2)
        finally:
            child.stop(_ONE_SHOT_GRACE_S)
        if code != 0:
            raise StartFailed(
                f"{self.name}: ended with exit code {code}. Its output ({self.log}) ends with:\n"
                f"{child.output_tail()}"
            )


def wait_ready(
    program: Program, child: Child, check_wanted: Callable[[], None] = lambda: None
) -> None:
    """Return when `program` does its work; `StartFailed` if it ends or takes too long.

    `check_wanted` is called again and again and may raise to give up.
    """
    until = time.monotonic() + program.start_limit_s
    while not program.is_ready():
        child.check_alive()
        check_wanted()
        if time.monotonic() > until:
            raise StartFailed(
                f"{program.name} did not get ready within {program.start_limit_s:.0f} s; "
                f"see {child.log}"
            )
        time.sleep(LOOK_EVERY_S)


@contextlib.contextmanager
def running(program: Program) -> Iterator[Child]:
    """`program` started and ready; stopped at the end."""
    child = program.start()
    try:
        wait_ready(program, child)
        yield child
    finally:
        child.stop(program.stop_grace_s)
