"""An instance has one supervisor at most, and the lock never outlives it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.errors import Conflict
from server.embedded.__main__ import run
from server.embedded.instance import Instance
from server.embedded.stack import Shape
from server.embedded.supervisor import Supervisor

HOLD = (
    "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX)\n"
    "print('held', flush=True); time.sleep(60)"
)


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    instance = Instance("test", tmp_path / "new")
    assert not instance.is_locked()

    with instance.locked():
        assert instance.is_locked()
        with pytest.raises(Conflict, match="'test' is already running"), instance.locked():
            pass

    assert not instance.is_locked()


def test_looking_does_not_take_the_lock_away(tmp_path: Path) -> None:
    instance = Instance("test", tmp_path)
    with instance.locked():
        for _ in range(20):
            assert instance.is_locked()


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    instance = Instance("test", tmp_path)
    command = [sys.executable, "-c", HOLD, str(instance.lock_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert instance.is_locked()
        holder.kill()
        holder.wait()

    until = time.monotonic() + 5
    while instance.is_locked():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_supervisor_that_is_done_keeps_the_lock_until_its_process_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance("test", tmp_path)
    monkeypatch.setattr(Supervisor, "listen_to_signals", lambda _self: None)
    monkeypatch.setattr(Supervisor, "run", lambda _self, _prepare: 0)

    assert run(instance, Shape(with_roles=False)) == 0

    assert instance.is_locked()


def test_instances_of_a_user_lie_apart(tmp_path: Path) -> None:
    first, second = (Instance.of_user(name, tmp_path) for name in ("default", "demo"))

    assert first.folder == tmp_path / "instances" / "default"
    assert second.folder == tmp_path / "instances" / "demo"
