"""`mirage up`, `down` and `status`."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from types import FrameType

from server.commands import attach
from server.commands.console import StepBars, err, out, print_addresses
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.stack import Shape
from server.embedded.state import Phase, ProcessReport, ProcessState, StackState, read_state
from server.settings import StackSettings


def bring_up(instance: Instance, shape: Shape, *, is_bound: bool) -> StackState:
    """Start the stack if it is not running, show progress, give its state when it is ready."""
    has_ended = None
    if not instance.is_locked():
        has_ended = attach.start(instance, shape, is_bound=is_bound)
    with StepBars() as bars:
        for told in attach.states(instance, has_ended):
            state = told
            bars.show(state.steps)
    return state


def up(settings: StackSettings, *, is_detached: bool) -> int:
    """Run the stack of real use until Ctrl-C, or leave it running."""
    instance = Instance.of_user(settings.instance or "default", settings.home)
    was_running = instance.is_locked()
    with stopping_at_end(instance, is_wanted=not is_detached and not was_running):
        state = bring_up(instance, Shape(), is_bound=not is_detached)
        print_addresses(state, str(instance.owner_key_file), neo4j_password_file(instance))
        if is_detached or was_running:
            out.print("It runs in the background; stop it with: mirage down")
            return 0
        out.print("Ctrl-C stops it; data is kept.")
        return watch(instance)


@contextlib.contextmanager
def stopping_at_end(instance: Instance, *, is_wanted: bool) -> Iterator[None]:
    """Stop the stack when the block ends, also by Ctrl-C or SIGTERM."""
    if not is_wanted:
        yield
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    try:
        yield
    finally:
        with err.status("stopping"):
            attach.stop(instance)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def watch(instance: Instance) -> int:
    """Tell what happens to the processes until the stack ends; its exit code."""
    known: dict[str, ProcessReport] = {}
    while instance.is_locked():
        state = read_state(instance.state_file)
        for process in state.processes if state else ():
            before = known.get(process.name)
            if before and before.state is not process.state:
                err.print(_change(process))
            known[process.name] = process
        time.sleep(attach.LOOK_EVERY_S * 5)
    ended = read_state(instance.state_file)
    return 0 if ended and ended.phase is Phase.STOPPED else 1


def _change(process: ProcessReport) -> str:
    if process.state is ProcessState.WAITING:
        return f"{process.name} {process.reason}; it is started again (log: {process.log})"
    return f"{process.name} is {process.state}"


def down(settings: StackSettings) -> int:
    """Stop whatever stack of this user runs."""
    stopped = []
    for instance in attach.instances(settings):
        with err.status(f"stopping {instance.name}"):
            if attach.stop(instance):
                stopped.append(instance.name)
    out.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return 0


def status(settings: StackSettings, *, as_json: bool) -> int:
    """Tell the state of the stack; exit code 0 if it is ready, 3 if not, as for a service."""
    instance = _known_instance(settings)
    state = read_state(instance.state_file) if instance.is_locked() else None
    if as_json:
        out.print_json(json.dumps(summary(instance, state)))
    elif state is None:
        out.print(f"the stack {instance.name!r} is not running; start it with: mirage up")
    else:
        out.print(f"stack {state.instance!r}: {state.phase}, supervisor pid {state.pid}")
        for process in state.processes:
            out.print(f"  {process.name:<12} {process.state:<9} {_details(process)}")
        print_addresses(state, str(instance.owner_key_file), neo4j_password_file(instance))
    return 0 if state is not None and state.phase is Phase.READY else 3


def _known_instance(settings: StackSettings) -> Instance:
    found = attach.instances(settings)
    return next((instance for instance in found if instance.is_locked()), found[0])


def _details(process: ProcessReport) -> str:
    pid = f"pid {process.pid}" if process.pid else ""
    restarts = _times(process.restarts) if process.restarts else ""
    return "  ".join(text for text in (pid, restarts, process.reason) if text)


def _times(restarts: int) -> str:
    return "restarted once" if restarts == 1 else f"restarted {restarts} times"


def summary(instance: Instance, state: StackState | None) -> dict[str, object]:
    """What `status --json` prints: addresses, files, processes."""
    base: dict[str, object] = {"instance": instance.name, "phase": Phase.STOPPED.value}
    if state is None:
        return base
    processes = {
        process.name: process.model_dump(mode="json", exclude={"name"})
        for process in state.processes
    }
    return base | {
        "phase": state.phase.value,
        "pid": state.pid,
        **state.addresses,
        "key_file": str(instance.owner_key_file),
        "neo4j_user": USER,
        "neo4j_password_file": neo4j_password_file(instance),
        "processes": processes,
    }


def neo4j_password_file(instance: Instance) -> str:
    """The file with the password of the embedded Neo4j."""
    return str(instance.neo4j_folder / "password")
