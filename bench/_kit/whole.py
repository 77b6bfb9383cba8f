"""Whole stacks as a person starts them: `mirage up` and `mirage demo`, in a home of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench._kit.caller import Connection
from bench._kit.servers import ROOT
from server.embedded.instance import Instance
from server.embedded.process import Child
from server.embedded.stack import cache_folder, fetch_jars, missing_jars
from server.embedded.state import Phase, StackState, read_state
from server.settings import StackSettings

WITHIN_S = 600.0
STOP_WITHIN_S = 150.0
# A stack that is measured starts its own servers, whatever this process is told to use.
GIVEN = (
    "NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD", "REDIS_URL", "INSTANCE", "API_PORT", "GRAPHQL_URL",
    "API_KEY",
)  # fmt: skip
QUESTION = "{ me { role } entities(first: 1) { nodes { id } } }"


@contextlib.contextmanager
def home(*, has_jars: bool) -> Iterator[Path]:
    """An empty home; with `has_jars` the user's cache of downloads is in it, complete."""
    with tempfile.TemporaryDirectory(prefix="mirage-bench-") as folder:
        found = Path(folder)
        if has_jars:
            settings = StackSettings()
            fetch_jars(settings, missing_jars(settings.home), lambda _: None)
            cache_folder(found).symlink_to(cache_folder(settings.home).resolve())
        yield found


@dataclass
class Up:
    """A stack that is started by a command, bound to this process."""

    child: Child
    instance: Instance
    began: float

    @property
    def log(self) -> Path:
        """What the command prints."""
        return self.child.log

    async def ready(self) -> StackState:
        """Wait until it says that it is ready. Raises StartFailed, TimeoutError."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self.child.check_alive()
                state = read_state(self.instance.state_file)
                if state is not None and state.phase is Phase.READY:
                    return state
                await asyncio.sleep(0.02)

    async def scanned(self) -> None:
        """Wait until a demo prints its summary, a line of JSON, and stays. Raises StartFailed, TimeoutError."""
        async with asyncio.timeout(WITHIN_S):
            while not await asyncio.to_thread(_has_summary, self.log):
                self.child.check_alive()
                await asyncio.sleep(0.2)

    async def first_answer_s(self) -> float:
        """Seconds from the command to the first GraphQL answer. Raises StartFailed, TimeoutError."""
        async with asyncio.timeout(WITHIN_S):
            while not await self._answers():
                self.child.check_alive()
                await asyncio.sleep(0.02)
        return time.monotonic() - self.began

    async def _answers(self) -> bool:
        state = read_state(self.instance.state_file)
        if state is None or "graphql" not in state.addresses:
            return False
        if not self.instance.owner_key_file.exists():
            return False
        port = int(state.addresses["graphql"].split(":")[2].split("/")[0])
        key = self.instance.owner_key_file.read_text("ascii").strip()
        try:
            connection = await Connection.open(port, key)
        except OSError:
            return False
        try:
            return "data" in orjson.loads(await connection.ask(QUESTION))
        except (OSError, EOFError):
            return False
        finally:
            connection.close()


@contextlib.asynccontextmanager
async def started(folder: Path, *command: str) -> AsyncIterator[Up]:
    """A stack that this command starts in this home; stopped at the end.

    Without the launcher `./mirage`, which only looks whether the environment is current before it becomes this.
    """
    kept = {
        name: text
        for name, text in os.environ.items()
        if name[:7] != "MIRAGE_" or name[7:] not in GIVEN
    }
    environment = kept | {"MIRAGE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    instance = Instance.of_user("demo" if command[0] == "demo" else "default", folder)
    instance.state_file.unlink(missing_ok=True)  # a former start's
    began = time.monotonic()
    child = Child(
        "mirage", [sys.executable, "-P", "-m", "server.cli", *command], folder / "mirage.log", environment
    )  # fmt: skip
    try:
        yield Up(child, instance, began)
    finally:
        child.stop(STOP_WITHIN_S)


def processes_of(state: StackState) -> dict[str, int]:
    """The ids of a stack's processes by their names, its supervisor included."""
    return {each.name: each.pid for each in state.processes if each.pid} | {"supervisor": state.pid}


def _has_summary(log: Path) -> bool:
    return any(line.startswith("{") for line in log.read_text("utf-8").splitlines())
