"""Mirage's own processes as programs of a stack: the roles, and the lab.

Which roles there are follows from the modules of `server.roles`; nothing here knows what they do.
"""

from __future__ import annotations

import http
import http.client
import json
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import server.roles
from server.embedded.instance import Instance
from server.embedded.process import Child

# -P keeps the current folder off the import path: a folder there called `server` must not win.
PYTHON = (sys.executable, "-P", "-m")


def role_names() -> list[str]:
    """The roles of this version, by their modules."""
    return sorted(found.name for found in pkgutil.iter_modules(server.roles.__path__))


@dataclass
class RoleProgram:
    """One role. `port` is where it answers `/readyz`; without one, running is being ready."""

    name: str
    log: Path
    env: Mapping[str, str] = field(repr=False)
    port: int = 0
    start_limit_s: float = 90.0
    stop_grace_s: float = 35.0  # a role drains for 30 s at most

    def start(self) -> Child:
        """Start it."""
        return Child(self.name, [*PYTHON, "server.cli", self.name], self.log, self.env)

    def is_ready(self) -> bool:
        """Whether `/readyz` says so."""
        return not self.port or answers_ready(self.port)


def answers_ready(port: int) -> bool:
    """Whether the process on this loopback port answers 200 to `/readyz`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass
class LabProgram:
    """The little company on loopback. Its state file is there as long as it serves."""

    instance: Instance
    name: str = "lab"
    start_limit_s: float = 90.0
    stop_grace_s: float = 10.0

    def start(self) -> Child:
        """Start it; a state file left by a lab that was killed is removed before."""
        state = self.instance.lab_state
        state.parent.mkdir(parents=True, exist_ok=True)
        state.unlink(missing_ok=True)
        command = [*PYTHON, "lab", "--state", str(state)]
        return Child(self.name, command, self.instance.log_folder / "lab.log")

    def is_ready(self) -> bool:
        """Whether the state file is there, whole."""
        try:
            json.loads(self.instance.lab_state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        return True
