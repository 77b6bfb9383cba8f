"""Keeps a stack running: starts it in order, restarts what dies, stops everything in order.

It runs in a process of its own and tells what it does in the instance's state file. It never leaves
a process behind: each child has a guard (`guard.py`) in case this process is killed.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import FrameType

from graph.errors import MirageError
from server.embedded.process import Child, Healed, OneShot, Program, StartFailed, wait_ready
from server.embedded.state import Phase, ProcessReport, ProcessState, StackState, Step

LOOK_EVERY_S = 0.25
TELL_EVERY_S = 0.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_AFTER_S = 60.0  # who ran this long before it died starts again without a long pause


class StopRequested(BaseException):
    """SIGTERM or Ctrl-C came while the stack was starting; no error, so no handler catches it."""


class Kept:
    """A program that is kept running."""

    def __init__(self, program: Program, report: ProcessReport) -> None:
        self.program = program
        self.report = report
        self.child: Child | None = None
        self.failures_in_a_row = 0
        self.started_at = 0.0
        self.start_again_at = 0.0

    def start(self) -> None:
        """Start it and say so."""
        self.child = self.program.start()
        self.started_at = time.monotonic()
        self._tell(ProcessState.STARTING)
        self.report.pid, self.report.log = self.child.pid, str(self.child.log)

    def running(self) -> Child:
        """The process of a program that was started."""
        if self.child is None:
            raise StartFailed(f"{self.program.name} is not running")
        return self.child

    def note_ready(self) -> None:
        """It does its work."""
        self._tell(ProcessState.RUNNING)

    def look(self) -> bool:
        """Notice a death and when to start again, or start again; True if something changed."""
        if self.report.state is ProcessState.WAITING:
            if time.monotonic() < self.start_again_at:
                return False
            self.report.restarts += 1
            self._start_again()
            return True
        if self.child is not None and self.child.exit_code is not None:
            self._note_death(self.child)
            return True
        if self.report.state is ProcessState.STARTING:
            return self._look_starting()
        if isinstance(self.program, Healed) and self.program.is_stuck():
            self._tell(self.report.state, "it is at a standstill, and started again")
            self.ask_to_stop()
            return True
        return False

    def _look_starting(self) -> bool:
        """Notice that it is ready, or, once, that it takes longer than it should; it is left to go on."""
        if self.program.is_ready():
            self.note_ready()
            return True
        if (
            time.monotonic() - self.started_at > self.program.start_limit_s
            and not self.report.reason
        ):
            self._tell(ProcessState.STARTING, f"not ready after {self.program.start_limit_s:.0f} s")
            return True
        return False

    def _start_again(self) -> None:
        """Start; what cannot even be started (a full disk, say) is tried again later."""
        try:
            self.start()
        except (MirageError, OSError) as problem:
            self._note_failure(f"could not be started: {problem}")

    def _note_death(self, child: Child) -> None:
        if time.monotonic() - self.started_at > STEADY_AFTER_S:
            self.failures_in_a_row = 0
        self._note_failure(f"ended with exit code {child.exit_code}: {_last_line(child)}")

    def _note_failure(self, reason: str) -> None:
        self.failures_in_a_row += 1
        pause_s = pause_before_restart(self.failures_in_a_row)
        self.start_again_at = time.monotonic() + pause_s
        self._tell(ProcessState.WAITING, reason, f"; started again in {pause_s:g} s")
        self.child, self.report.pid = None, None

    def ask_to_stop(self) -> None:
        """Ask it to stop."""
        if self.child is not None:
            self.child.ask_to_stop()

    def wait_stopped(self) -> None:
        """Wait until it has stopped."""
        if self.child is not None:
            self.child.wait_stopped(self.program.stop_grace_s)
        self.child, self.report.pid = None, None
        self._tell(ProcessState.STOPPED)

    def _tell(self, state: ProcessState, reason: str = "", more: str = "") -> None:
        """Say it in the state file, and in the supervisor's own log, where it stays, with `more`."""
        pid = f" (pid {self.child.pid})" if self.child else ""
        why = f": {reason}" if reason else ""
        sys.stderr.write(
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {self.program.name}{pid} {state}{why}{more}\n"
        )
        self.report.state, self.report.reason, self.report.since = state, reason, datetime.now(UTC)


def pause_before_restart(failures_in_a_row: int) -> float:
    """Seconds to wait before starting again what has failed so often."""
    return min(FIRST_PAUSE_S * 2.0 ** (failures_in_a_row - 1), LONGEST_PAUSE_S)


class Supervisor:
    """Runs programs in groups: each group starts when the one before does its work."""

    def __init__(self, state: StackState, publish: Callable[[StackState], None]) -> None:
        self.state = state
        self._publish = publish
        self._groups: list[list[Kept]] = []
        self._begun: dict[str, float] = {}
        self._published_at = 0.0
        self._counting = threading.Lock()
        self._stopping = threading.Event()

    def listen_to_signals(self) -> None:
        """Stop on SIGTERM, SIGINT and SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to stop; `run` then returns."""
        self._stopping.set()

    def check_wanted(self) -> None:
        """Raise `StopRequested` once a signal came."""
        if self._stopping.is_set():
            raise StopRequested

    def publish(self) -> None:
        """Tell the state."""
        self._publish(self.state)
        self._published_at = time.monotonic()

    def run(self, prepare: Callable[[], Iterable[Sequence[Program]]]) -> int:
        """Start groups of programs, watch them until a signal comes, stop them; the exit code."""
        code = 0
        self.publish()
        try:
            for group in prepare():
                self._start_group(group)
            self._become(Phase.READY)
            self._watch()
        except StopRequested:
            pass
        except (MirageError, OSError) as problem:
            code = 1
            self.state.reason = str(problem)
        finally:
            self._stop_all(Phase.FAILED if code else Phase.STOPPED)
        return code

    def begin(self, step: Step) -> None:
        """Say that a step has begun."""
        self._begun[step.name] = time.monotonic()
        self.state.steps.append(step)
        self.publish()

    def advance(self, step: Step, count: int) -> None:
        """Add to a step, from any thread. Raises `StopRequested` when no more is wanted."""
        self.check_wanted()
        with self._counting:
            step.done += count
            is_time = time.monotonic() - self._published_at > TELL_EVERY_S
            if is_time:
                self.publish()

    def finish(self, step: Step) -> None:
        """Say that a step is done, and how long it took."""
        step.seconds = round(time.monotonic() - self._begun.pop(step.name), 2)
        self.publish()

    def run_once(self, program: OneShot) -> None:
        """Run something to its end, as a step."""
        step = Step(name=program.name)
        self.begin(step)
        program.run(self.check_wanted)
        self.finish(step)

    def note_external(self, name: str) -> None:
        """Say that `name` is somebody else's to run."""
        now = datetime.now(UTC)
        self.state.processes.append(
            ProcessReport(name=name, state=ProcessState.EXTERNAL, since=now)
        )

    def _start_group(self, programs: Sequence[Program]) -> None:
        group: list[Kept] = []
        self._groups.append(group)
        for program in programs:
            kept = self._start(program)
            group.append(kept)  # at once: if the next one fails to start, this one is stopped
        for kept in group:
            step = Step(name=f"start {kept.program.name}")
            self.begin(step)
            wait_ready(kept.program, kept.running(), self.check_wanted)
            kept.note_ready()
            self.finish(step)

    def _start(self, program: Program) -> Kept:
        report = ProcessReport(
            name=program.name, state=ProcessState.STARTING, since=datetime.now(UTC)
        )
        self.state.processes.append(report)
        kept = Kept(program, report)
        kept.start()
        return kept

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            kept = [one for group in self._groups for one in group]
            changed = [one.look() for one in kept]
            if any(changed):
                with suppress(OSError):  # nor from being watched
                    self.publish()

    def _stop_all(self, last: Phase) -> None:
        """Stop the groups in the reverse order of starting, the programs of a group at once."""
        self._become(Phase.STOPPING)
        for group in reversed(self._groups):
            for kept in group:
                kept.ask_to_stop()
            for kept in group:
                kept.wait_stopped()
        self._become(last)

    def _become(self, phase: Phase) -> None:
        self.state.phase = phase
        with suppress(OSError):  # a full disk must not keep processes from being stopped
            self.publish()


def _last_line(child: Child) -> str:
    lines = child.output_tail().splitlines()
    return _readable(lines[-1]) if lines else "no output"


def _readable(line: str) -> str:
    """A line of output as people read it: of a structured one its event and error, of others all."""
    try:
        told = json.loads(line)
    except ValueError:
        return line[:300]
    if not isinstance(told, dict) or "event" not in told:
        return line[:300]
    words = (str(told[name]) for name in ("event", "error") if told.get(name))
    return f"last logged: {', '.join(words)}"[:300]
