"""No command outlives the process that asked for it, and what is told to the guard is told to the command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.embedded import guard

ROOT = Path(__file__).parents[4]
# Notes what happens to it in the file `told`, one word after another.
COMMAND = """
import pathlib, signal, sys, time
told = pathlib.Path("told")
def end(*_):
    told.write_text("ready ended")
    sys.exit(7)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
told.write_text("ready")
time.sleep(60)
"""
# Starts the guard as its child, says so, and waits to be killed.
ASKER = """
import os, subprocess, sys, time
child = subprocess.Popen([word.replace("PARENT", str(os.getpid())) for word in sys.argv[1:]])
print(child.pid, flush=True)
time.sleep(60)
"""
LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel tells of a parent's death on Linux only"
)
# As it is run, on Linux; and as it would be run elsewhere.
BECOMES = [sys.executable, "-I", "-S", str(guard.__file__), "PARENT"]
KEEPS = [
    sys.executable,
    "-c",
    "import sys; from server.embedded import guard; guard.LOOK_EVERY_S = 0.05; "
    "sys.exit(guard.keep(int(sys.argv[1]), sys.argv[2:]))",
    "PARENT",
]
WAYS = [pytest.param(BECOMES, id="become", marks=LINUX), pytest.param(KEEPS, id="keep")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def guarded(way: list[str], *command: str, parent: int | None = None) -> list[str]:
    return [word.replace("PARENT", str(parent or os.getpid())) for word in way] + list(command)


def told(word: str) -> None:
    """Wait until the command has noted `word`."""

    def has_noted() -> bool:
        with contextlib.suppress(FileNotFoundError):
            return word in Path("told").read_text().split()
        return False

    wait_until(has_noted, f"the command has not noted {word!r}")


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, complaint
        time.sleep(0.02)


@contextlib.contextmanager
def running(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("way", WAYS)
def test_the_commands_exit_code_is_the_guards(way: list[str]) -> None:
    command = guarded(way, sys.executable, "-c", "import sys; sys.exit(5)")
    assert subprocess.run(command, check=False).returncode == 5


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_is_asked_to_end_and_may_end_in_its_own_way(
    way: list[str], number: signal.Signals
) -> None:
    with running(guarded(way, sys.executable, "-c", COMMAND)) as process:
        told("ready")
        process.send_signal(number)
        assert process.wait(20) == 7
    told("ended")


@pytest.mark.parametrize("way", WAYS)
def test_the_command_ends_when_whoever_asked_for_it_is_killed(way: list[str]) -> None:
    command = [sys.executable, "-c", ASKER, *way, sys.executable, "-c", COMMAND]
    with running(command) as asker:
        assert asker.stdout is not None
        guard_pid = int(asker.stdout.readline())
        told("ready")
        os.kill(guard_pid, 0)
        asker.kill()
        asker.wait(20)
        told("ended")


@LINUX
def test_a_command_whose_asker_is_gone_already_is_not_begun() -> None:
    command = guarded(BECOMES, sys.executable, "-c", COMMAND, parent=1)
    assert subprocess.run(command, check=False).returncode == guard.EXIT_ORPHANED
    assert not Path("told").exists()


@LINUX
def test_the_guard_is_no_further_process() -> None:
    command = guarded(BECOMES, sys.executable, "-c", "import os; print(os.getppid())")
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stdout) == os.getpid()
