"""The supervisor's process: `python -P -m server.embedded FOLDER NAME [OPTIONS]`.

The commands start it (`server/commands/attach.py`); nobody else needs to.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from graph.errors import Conflict
from server.embedded.instance import Instance
from server.embedded.names import check_names
from server.embedded.ports import remembered_ports
from server.embedded.stack import PORT_NAMES, Shape, Stack
from server.embedded.state import Phase, StackState
from server.embedded.supervisor import Supervisor
from server.settings import StackSettings


def main() -> int:
    """Run the stack until SIGTERM; the exit code says whether it started."""
    parser = argparse.ArgumentParser(prog="server.embedded")
    parser.add_argument("folder", type=Path)
    parser.add_argument("name")
    parser.add_argument("--lab", action="store_true")
    parser.add_argument("--servers-only", action="store_true")
    parser.add_argument("--for-tests", action="store_true")
    given = parser.parse_args()
    shape = Shape(
        with_roles=not given.servers_only, with_lab=given.lab, is_for_tests=given.for_tests
    )
    try:
        check_names()
        return run(Instance(given.name, given.folder), shape)
    except Conflict as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def run(instance: Instance, shape: Shape) -> int:
    """Hold the instance's lock to the last, so that who waits for it to be free finds nobody; supervise its stack."""
    instance.lock()
    state = StackState(
        instance=instance.name,
        phase=Phase.STARTING,
        pid=os.getpid(),
        started_at=datetime.now(UTC),
    )
    supervisor = Supervisor(state, lambda told: told.write(instance.state_file))
    supervisor.listen_to_signals()
    ports = remembered_ports(instance.ports_file, PORT_NAMES)
    stack = Stack(instance, StackSettings(), shape, ports)
    return supervisor.run(lambda: stack.prepare(supervisor))


if __name__ == "__main__":
    sys.exit(main())
