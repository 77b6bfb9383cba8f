"""Where one stack keeps its things: a folder for each instance.

`default` is for real use, `demo` holds the lab's company and `test` what tests write, so that none
of them mixes with another.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graph.errors import Conflict

_LOCK_TRIES, _LOCK_PAUSE_S = 5, 0.05


@dataclass(frozen=True)
class Instance:
    """The places of one stack."""

    name: str
    folder: Path

    @classmethod
    def of_user(cls, name: str, home: Path) -> Instance:
        """The instance `name` in the user's data folder."""
        return cls(name, home / "instances" / name)

    @property
    def neo4j_folder(self) -> Path:
        """Settings, data and logs of Neo4j."""
        return self.folder / "neo4j"

    @property
    def redis_folder(self) -> Path:
        """Settings, data and logs of Redis."""
        return self.folder / "redis"

    @property
    def evidence_folder(self) -> Path:
        """Raw answers of sources."""
        return self.folder / "evidence"

    @property
    def log_folder(self) -> Path:
        """Output of the roles and of the supervisor."""
        return self.folder / "logs"

    @property
    def lab_state(self) -> Path:
        """What a running lab says about itself."""
        return self.folder / "lab" / "state.json"

    @property
    def owner_key_file(self) -> Path:
        """The owner's API key."""
        return self.folder / "owner.key"

    @property
    def master_key_file(self) -> Path:
        """The master keys that seal what is secret in the database."""
        return self.folder / "master.key"

    @property
    def ports_file(self) -> Path:
        """The ports chosen the first time."""
        return self.folder / "ports.json"

    @property
    def state_file(self) -> Path:
        """What the supervisor tells about the stack."""
        return self.folder / "state.json"

    @property
    def lock_file(self) -> Path:
        """Locked as long as a supervisor runs."""
        return self.folder / "supervisor.lock"

    def lock(self) -> int:
        """Take the lock until this process ends; `Conflict` if another supervisor holds it.

        The kernel lets go of it when its holder is gone, so there is never a stale one, and who finds it free finds no
        process left. What is given is the descriptor that holds it: nobody has to close it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.lock_file, os.O_CREAT | os.O_RDWR, 0o644)
        if not any(_try_lock(descriptor) for _ in range(_LOCK_TRIES)):
            os.close(descriptor)
            raise Conflict(f"the stack {self.name!r} is already running or starting")
        return descriptor

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock within the block."""
        descriptor = self.lock()
        try:
            yield
        finally:
            os.close(descriptor)

    def is_locked(self) -> bool:
        """Whether a supervisor of this instance runs."""
        try:
            with self.lock_file.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # perhaps only somebody who looks whether it is locked
        time.sleep(_LOCK_PAUSE_S)
        return False
    return True
