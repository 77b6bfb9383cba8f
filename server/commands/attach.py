"""Starting, finding and stopping the stack of an instance, seen from a command.

The stack is run by a supervisor in a process of its own (`server.embedded`); a command reads its
state file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import NotFound
from server.embedded.instance import Instance
from server.embedded.process import Child, StartFailed
from server.embedded.role import PYTHON
from server.embedded.state import Phase, StackState, read_state
from server.settings import StackSettings

if TYPE_CHECKING:  # what starts a stack takes long to load, and most commands only ask
    from server.embedded.stack import Shape

LOOK_EVERY_S = 0.1
USUAL_INSTANCES = ("default", "demo")


def running_instance(settings: StackSettings) -> Instance:
    """The instance that commands speak to: the one that is set, else the one that runs."""
    found = instances(settings)
    for instance in found:
        if instance.is_locked():
            return instance
    names = " or ".join(instance.name for instance in found)
    raise NotFound(f"no stack is running ({names}); start one with: mirage up")


def instances(settings: StackSettings) -> list[Instance]:
    """The instance that is set, else those that a person usually has."""
    names = [settings.instance] if settings.instance else USUAL_INSTANCES
    return [Instance.of_user(name, settings.home) for name in names]


def running_state(instance: Instance) -> StackState:
    """The state of a running stack."""
    state = read_state(instance.state_file) if instance.is_locked() else None
    if state is None:
        raise NotFound(f"the stack {instance.name!r} is not running; start it with: mirage up")
    return state


def start(instance: Instance, shape: Shape, *, is_bound: bool) -> Callable[[], bool]:
    """Start the supervisor of an instance that is not running; what tells whether it has ended.

    A bound one stops when this process ends, however it ends.
    """
    instance.state_file.unlink(missing_ok=True)
    command = [*PYTHON, "server.embedded", str(instance.folder), instance.name, *_options(shape)]
    log = supervisor_log(instance)
    log.parent.mkdir(parents=True, exist_ok=True)
    if is_bound:
        child = Child("supervisor", command, log)
        return lambda: child.exit_code is not None
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return lambda: process.poll() is not None


def _options(shape: Shape) -> list[str]:
    options = {
        "--lab": shape.with_lab,
        "--servers-only": not shape.with_roles,
        "--for-tests": shape.is_for_tests,
    }
    return [name for name, is_given in options.items() if is_given]


def states(instance: Instance, has_ended: Callable[[], bool] | None = None) -> Iterator[StackState]:
    """The state again and again until the stack is ready; `StartFailed` if it does not get so.

    `has_ended` tells of a supervisor started just now, which has not taken the lock yet.
    """
    is_gone = has_ended or (lambda: not instance.is_locked())
    state: StackState | None = None
    while state is None or state.phase is Phase.STARTING:
        was_gone = is_gone()  # looked at before the state, so that its last word is not missed
        state = read_state(instance.state_file)
        if state is not None:
            yield state
        if was_gone:
            break
        time.sleep(LOOK_EVERY_S)
    if state is None or state.phase is not Phase.READY:
        raise StartFailed(_why_not_ready(instance, state))


def _why_not_ready(instance: Instance, state: StackState | None) -> str:
    if state is not None and state.reason:
        return state.reason
    log = supervisor_log(instance)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
    return f"the stack {instance.name!r} ended while starting; {log} ends with:\n{tail}"


def stop(instance: Instance, limit_s: float = 120.0) -> bool:
    """Stop a stack and wait for it; False if it was not running."""
    if not instance.is_locked():
        return False
    state = read_state(instance.state_file)
    if state is not None:
        os.kill(state.pid, signal.SIGTERM)
    until = time.monotonic() + limit_s
    while instance.is_locked():
        if time.monotonic() > until:
            raise StartFailed(f"the stack {instance.name!r} did not stop within {limit_s:.0f} s")
        time.sleep(LOOK_EVERY_S)
    return True


def supervisor_log(instance: Instance) -> Path:
    """Where the supervisor's own output goes."""
    return instance.log_folder / "supervisor.log"
