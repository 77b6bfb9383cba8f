"""When the supervisor starts, restarts and stops; its programs are short Python scripts."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.embedded.process import Child, Program
from server.embedded.state import Phase, ProcessState, StackState
from server.embedded.supervisor import Supervisor, pause_before_restart

FOREVER = "import time; time.sleep(60)"


@dataclass
class Script:
    """A program that is a line of Python."""

    name: str
    code: str
    folder: Path
    start_limit_s: float = 10.0
    stop_grace_s: float = 5.0

    def start(self) -> Child:
        return Child(self.name, [sys.executable, "-c", self.code], self.folder / f"{self.name}.log")

    def is_ready(self) -> bool:
        return True


class Run:
    """A supervisor in a thread, and the states it told."""

    def __init__(self) -> None:
        self.told: list[StackState] = []
        state = StackState(
            instance="test", phase=Phase.STARTING, pid=1, started_at=datetime.now(UTC)
        )
        self.supervisor = Supervisor(state, lambda now: self.told.append(now.model_copy(deep=True)))
        self.code: int | None = None

    def start(self, groups: Iterable[Sequence[Program]]) -> threading.Thread:
        def run() -> None:
            self.code = self.supervisor.run(lambda: groups)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def wait_for(self, phase: Phase) -> StackState:
        until = time.monotonic() + 10
        while not self.told or self.told[-1].phase is not phase:
            assert time.monotonic() < until, f"never {phase}"
            time.sleep(0.02)
        return self.told[-1]

    def stop(self) -> None:
        self.supervisor.stop()


@pytest.mark.parametrize(
    ("failures", "pause_s"), [(1, 0.5), (2, 1.0), (5, 8.0), (7, 30.0), (50, 30.0)]
)
def test_pauses_double_up_to_a_cap(failures: int, pause_s: float) -> None:
    assert pause_before_restart(failures) == pause_s


def test_what_happens_is_in_the_supervisors_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    thread = run.start([[Script("worker", "raise SystemExit(3)", tmp_path)]])
    until = time.monotonic() + 15
    while not any(told.processes and told.processes[0].restarts for told in run.told):
        assert time.monotonic() < until
        time.sleep(0.02)
    run.stop()
    thread.join(10)
    said = capfd.readouterr().err
    assert "worker waiting: ended with exit code 3: no output; started again in 0.5 s" in re.sub(
        r" \(pid \d+\)", "", said
    )


def test_one_that_is_started_again_and_does_not_get_ready_is_told_of(tmp_path: Path) -> None:
    script = Script("worker", FOREVER, tmp_path)
    run = Run()
    thread = run.start([[script]])
    run.wait_for(Phase.READY)
    script.start_limit_s = 0.1
    script.is_ready = lambda: False  # type: ignore[method-assign]
    pid = run.told[-1].processes[0].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 15
    while run.told[-1].processes[0].reason != "not ready after 0 s":
        assert time.monotonic() < until
        time.sleep(0.02)
    run.stop()
    thread.join(10)


def test_groups_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    note = tmp_path / "notes"

    def noting(name: str) -> Script:
        code = (
            "import signal, sys, time\n"
            f"def say(text): open({str(note)!r}, 'a').write(text + '\\n')\n"
            f"def end(*_): say('end {name}'); sys.exit(0)\n"
            f"signal.signal(signal.SIGTERM, end); say('begin {name}'); time.sleep(60)\n"
        )
        return Script(name, code, tmp_path)

    def groups() -> Iterable[Sequence[Program]]:
        yield [noting("first")]
        until = time.monotonic() + 10
        while not note.exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield [noting("second")]

    run = Run()
    thread = run.start(groups())
    run.wait_for(Phase.READY)
    while len(note.read_text().splitlines()) < 2:
        time.sleep(0.02)
    run.stop()
    thread.join(10)

    assert note.read_text().splitlines() == [
        "begin first",
        "begin second",
        "end second",
        "end first",
    ]
    assert run.code == 0
    assert run.told[-1].phase is Phase.STOPPED
    assert {process.state for process in run.told[-1].processes} == {ProcessState.STOPPED}


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("a reason", "a reason"),
        ('{"event": "stopped", "error": "no disk", "ms": 3}', "last logged: stopped, no disk"),
        ('{"ms": 3}', '{"ms": 3}'),
    ],
)
def test_what_dies_is_started_again_after_a_pause(last: str, reason: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    code = (
        "import os, sys, time\n"
        f"if os.path.exists({str(marker)!r}): time.sleep(60)\n"
        f"open({str(marker)!r}, 'w'); time.sleep(0.3); sys.exit({last!r})\n"
    )
    run = Run()
    thread = run.start([[Script("worker", code, tmp_path)]])
    until = time.monotonic() + 10
    while not run.told or not run.told[-1].processes or not run.told[-1].processes[0].restarts:
        assert time.monotonic() < until
        time.sleep(0.02)
    run.stop()
    thread.join(10)

    waits = [
        told.processes[0].reason
        for told in run.told
        if told.processes and told.processes[0].state is ProcessState.WAITING
    ]
    assert waits == [f"ended with exit code 1: {reason}"]


def test_what_cannot_be_started_again_is_tried_later_and_the_rest_goes_on(tmp_path: Path) -> None:
    starts = iter([None, OSError("no space left"), None])
    worker = Script("worker", FOREVER, tmp_path)
    start = worker.start

    def start_or_fail() -> Child:
        if problem := next(starts):
            raise problem
        return start()

    worker.start = start_or_fail  # type: ignore[method-assign]
    steady = Script("steady", FOREVER, tmp_path)
    run = Run()
    thread = run.start([[steady, worker]])
    run.wait_for(Phase.READY)
    pid = run.told[-1].processes[1].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 15
    while run.told[-1].processes[1].restarts < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    run.stop()
    thread.join(10)

    reasons = [told.processes[1].reason for told in run.told if len(told.processes) > 1]
    assert "could not be started: no space left" in reasons
    assert {told.processes[0].restarts for told in run.told if told.processes} == {0}
    assert run.code == 0


def test_what_does_not_start_fails_the_stack_and_stops_the_others(tmp_path: Path) -> None:
    run = Run()
    broken = Script("broken", "import sys; sys.exit('no such thing')", tmp_path)
    broken.is_ready = lambda: False  # type: ignore[method-assign]
    steady = Script("steady", FOREVER, tmp_path)

    run.start([[steady], [broken]]).join(15)

    assert run.code == 1
    last = run.told[-1]
    assert last.phase is Phase.FAILED
    assert "broken ended with exit code 1 while starting" in last.reason
    assert "no such thing" in last.reason
    pids = {p.pid for told in run.told for p in told.processes if p.name == "steady" and p.pid}
    assert len(pids) == 1
    assert not Path(f"/proc/{pids.pop()}").exists()


def test_a_signal_while_starting_stops_without_an_error(tmp_path: Path) -> None:
    run = Run()
    slow = Script("slow", FOREVER, tmp_path)
    slow.is_ready = lambda: False  # type: ignore[method-assign]
    thread = run.start([[slow]])
    time.sleep(0.3)

    run.stop()
    thread.join(10)

    assert run.code == 0
    assert run.told[-1].phase is Phase.STOPPED


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('on', flush=True); time.sleep(60)"
    )
    script = Script("stubborn", code, tmp_path)
    child = script.start()
    while "on" not in child.output_tail():
        time.sleep(0.02)

    assert child.stop(grace_s=0.3) == -signal.SIGKILL


def test_a_program_at_a_standstill_is_started_again(tmp_path: Path) -> None:
    @dataclass
    class Stuck(Script):
        asked: int = 0

        def is_stuck(self) -> bool:
            self.asked += 1
            return self.asked == 2

    run, program = Run(), Stuck("stuck", FOREVER, tmp_path)
    thread = run.start([[program]])
    until = time.monotonic() + 10
    while not any(p.restarts for told in run.told for p in told.processes):
        assert time.monotonic() < until
        time.sleep(0.05)
    run.stop()
    thread.join(10)

    said = [p.reason for told in run.told for p in told.processes if p.reason]
    assert said[0] == "it is at a standstill, and started again"
