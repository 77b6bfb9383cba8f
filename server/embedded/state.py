"""What a supervisor tells about its stack, as a file that other processes read.

The file is replaced whole at each change. It names files that hold secrets, never the secrets.
"""

from __future__ import annotations

import enum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from server.embedded.files import write_whole


class Phase(enum.StrEnum):
    """How far a stack is."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ProcessState(enum.StrEnum):
    """How a process of the stack is."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # it ended and is started again after a pause
    STOPPED = "stopped"
    EXTERNAL = "external"  # given by a setting; nothing is started


class Step(BaseModel):
    """Something that takes a while: what, how much of it is done, and how long it took."""

    name: str
    total: int = 0
    done: int = 0
    unit: str = ""
    seconds: float | None = None


class ProcessReport(BaseModel):
    """One process of the stack."""

    name: str
    state: ProcessState
    pid: int | None = None
    restarts: int = 0
    since: AwareDatetime
    reason: str = ""
    log: str = ""


class StackState(BaseModel):
    """The whole stack."""

    instance: str
    phase: Phase
    reason: str = ""
    pid: int
    started_at: AwareDatetime
    steps: list[Step] = Field(default_factory=list)
    processes: list[ProcessReport] = Field(default_factory=list)
    addresses: dict[str, str] = Field(default_factory=dict)

    def write(self, file: Path) -> None:
        """Replace `file` with this state."""
        write_whole(file, self.model_dump_json(indent=1) + "\n", mode=0o600)


def read_state(file: Path) -> StackState | None:
    """The state in `file`; None if there is none or an older version wrote it in another form."""
    try:
        return StackState.model_validate_json(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None
