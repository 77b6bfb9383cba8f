"""A whole stack: it comes up, mends itself, keeps its data and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import neo4j
import pytest
import redis

from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.ports import known_ports
from server.embedded.stack import PORT_NAMES, Shape, Stack
from server.embedded.state import Phase, ProcessReport, ProcessState, StackState, read_state
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
SERVERS = Shape(with_roles=False, is_for_tests=True)
LIMIT_S = 90.0


class Running:
    """A supervisor of an instance, as `mirage up` starts it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "server.embedded", str(self.instance.folder)]
        env = os.environ | {"PYTHONPATH": str(CHECKOUT)}
        options = [self.instance.name, "--servers-only", "--for-tests"]
        return subprocess.Popen([*command, *options], env=env, start_new_session=True)

    def wait_for(self, condition: Callable[[StackState], bool]) -> StackState:
        until = time.monotonic() + LIMIT_S
        while True:
            state = read_state(self.instance.state_file)
            if state and condition(state):
                return state
            assert time.monotonic() < until, state
            assert self.process.poll() is None, state
            time.sleep(0.05)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT_S)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self._stack().redis().url)

    def neo4j(self) -> neo4j.Driver:
        server = self._stack().neo4j()
        return neo4j.GraphDatabase.driver(
            f"bolt://127.0.0.1:{server.plan.bolt_port}", auth=(USER, server.password)
        )

    def _stack(self) -> Stack:
        ports = known_ports(self.instance.ports_file)
        return Stack(self.instance, StackSettings(), SERVERS, ports)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    for name in ("MIRAGE_NEO4J_URI", "MIRAGE_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    found = Running(Instance("test", tmp_path / "stack"))
    yield found
    if found.process.poll() is None:
        found.stop()


def is_ready(state: StackState) -> bool:
    return state.phase is Phase.READY


def named(state: StackState, name: str) -> ProcessReport:
    return next(process for process in state.processes if process.name == name)


def planned_rows(driver: neo4j.Driver, given: int) -> float:
    """How many rows the planner expects of a list of so many."""
    with driver.session() as session:
        plan = session.run(
            "EXPLAIN UNWIND $rows AS row RETURN row", {"rows": list(range(given))}
        ).consume()
    assert plan.plan is not None
    return float(plan.plan["args"]["EstimatedRows"])


def wait_gone(pids: list[int]) -> None:
    until = time.monotonic() + 30
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, f"still there: {alive}"
        time.sleep(0.05)


@pytest.mark.timeout(300)
def test_a_stack_mends_itself_keeps_data_and_ends_whole(running: Running) -> None:
    state = running.wait_for(is_ready)
    assert [process.name for process in state.processes] == ["redis", "neo4j"]
    assert [process.state for process in state.processes] == [ProcessState.RUNNING] * 2
    assert running.instance.is_locked()
    assert running.instance.state_file.stat().st_mode & 0o777 == 0o600
    assert set(known_ports(running.instance.ports_file)) == set(PORT_NAMES)
    with running.redis() as client:
        client.set("kept", "yes")
        client.bgrewriteaof()

    # Neo4j plans a statement once, however many rows it is given.
    with running.neo4j() as driver:
        assert planned_rows(driver, 1) == planned_rows(driver, 5_000)

    # Redis is killed: it comes back with its data.
    first_pid = named(state, "redis").pid
    assert first_pid is not None
    time.sleep(1.1)  # appendfsync everysec
    os.kill(first_pid, signal.SIGKILL)
    state = running.wait_for(
        lambda now: (
            named(now, "redis").restarts == 1 and named(now, "redis").state is ProcessState.RUNNING
        )
    )
    assert named(state, "redis").pid != first_pid
    with running.redis() as client:
        assert client.get("kept") in ("yes", b"yes")

    # The supervisor is killed: nothing of it is left.
    pids = [process.pid for process in state.processes if process.pid]
    assert len(pids) == 2
    running.process.kill()
    running.process.wait()
    wait_gone(pids)
    assert not running.instance.is_locked()

    # It starts again on the same ports and data, and stops in order on SIGTERM.
    again = Running(running.instance)
    try:
        ready = again.wait_for(lambda now: is_ready(now) and now.pid == again.process.pid)
        assert ready.addresses == state.addresses
        with again.redis() as client:
            assert client.get("kept") in ("yes", b"yes")
        pids = [process.pid for process in ready.processes if process.pid]
    finally:
        code = again.stop()
    assert code == 0
    wait_gone(pids)
    ended = read_state(running.instance.state_file)
    assert ended
    assert ended.phase is Phase.STOPPED
    assert {process.state for process in ended.processes} == {ProcessState.STOPPED}


def test_a_second_supervisor_of_an_instance_is_refused(tmp_path: Path) -> None:
    instance = Instance("test", tmp_path)
    with instance.locked():
        refused = Running(instance)

        assert refused.process.wait(LIMIT_S) == 1

    assert not instance.state_file.exists()
