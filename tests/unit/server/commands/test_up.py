"""What `status` tells, and how a command waits for a stack."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.errors import NotFound
from server.commands import attach
from server.commands.up import status, summary
from server.embedded.instance import Instance
from server.embedded.process import StartFailed
from server.embedded.state import Phase, ProcessReport, ProcessState, StackState, Step
from server.settings import StackSettings

ADDRESSES = {
    "graphql": "http://127.0.0.1:21000/graphql",
    "graphql_ws": "ws://127.0.0.1:21000/graphql",
    "graphiql": "http://127.0.0.1:21000/graphiql/",
    "neo4j_browser": "http://127.0.0.1:21001/browser/",
    "bolt": "bolt://127.0.0.1:21002",
}


def stack_state(phase: Phase, reason: str = "") -> StackState:
    now = datetime.now(UTC)
    process = ProcessReport(name="neo4j", state=ProcessState.RUNNING, pid=7, since=now)
    return StackState(
        instance="default",
        phase=phase,
        reason=reason,
        pid=6,
        started_at=now,
        steps=[Step(name="start neo4j")],
        processes=[process],
        addresses=ADDRESSES,
    )


def test_status_for_programs_has_addresses_processes_and_the_key_file(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)

    told = summary(instance, stack_state(Phase.READY))

    assert {name: told[name] for name in ADDRESSES} == ADDRESSES
    assert told["phase"] == "ready"
    assert told["key_file"] == str(tmp_path / "instances" / "default" / "owner.key")
    processes = told["processes"]
    assert isinstance(processes, dict)
    assert processes["neo4j"]["state"] == "running"
    assert processes["neo4j"]["pid"] == 7


def test_status_of_what_does_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = StackSettings(home=tmp_path)

    assert status(settings, as_json=False) == 3

    assert "not running; start it with: mirage up" in capsys.readouterr().out


def test_a_command_that_needs_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no stack is running .* start one with: mirage up"):
        attach.running_instance(StackSettings(home=tmp_path))


def test_the_running_instance_is_found_whatever_its_name(tmp_path: Path) -> None:
    demo = Instance.of_user("demo", tmp_path)
    with demo.locked():
        assert attach.running_instance(StackSettings(home=tmp_path)) == demo
        with pytest.raises(NotFound):
            attach.running_instance(StackSettings(home=tmp_path, instance="default"))


def test_waiting_ends_when_the_stack_is_ready(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)
    with instance.locked():
        stack_state(Phase.STARTING).write(instance.state_file)

        def get_ready() -> None:
            time.sleep(0.3)
            stack_state(Phase.READY).write(instance.state_file)

        thread = threading.Thread(target=get_ready)
        thread.start()
        phases = [state.phase for state in attach.states(instance)]
        thread.join()

    assert set(phases[:-1]) == {Phase.STARTING}
    assert phases[-1] is Phase.READY


def test_waiting_ends_with_the_reason_when_the_stack_fails(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)
    instance.folder.mkdir(parents=True)
    stack_state(Phase.FAILED, "the port is taken").write(instance.state_file)

    with pytest.raises(StartFailed, match="the port is taken"):
        list(attach.states(instance))


def test_a_supervisor_that_died_without_a_word_is_told_by_its_log(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)
    instance.log_folder.mkdir(parents=True)
    attach.supervisor_log(instance).write_text("out of memory\n")
    stack_state(Phase.STARTING).write(instance.state_file)

    with pytest.raises(StartFailed, match="out of memory"):
        list(attach.states(instance))


def test_stopping_what_does_not_run_is_told(tmp_path: Path) -> None:
    assert attach.stop(Instance.of_user("default", tmp_path)) is False


def test_a_supervisor_that_never_spoke_is_told_at_once(tmp_path: Path) -> None:
    instance = Instance.of_user("default", tmp_path)
    instance.log_folder.mkdir(parents=True)
    attach.supervisor_log(instance).write_text("other projects claim Mirage's folders\n")

    with pytest.raises(StartFailed, match="other projects claim"):
        list(attach.states(instance, lambda: True))
