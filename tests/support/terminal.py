"""`mirage …` in processes of their own that need not load Mirage first: that takes longer than most commands do.

A process that has loaded all there is to load forks for each command. What runs in the fork is the command as it is
from there on, with environment, input and outputs of its own, and its own exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
MESSAGE_BYTES = 128 * 1024


@dataclass(frozen=True)
class Said:
    """What a command gave: its exit code, and what it wrote to its outputs."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """Runs commands; `door` is where the process that forks listens."""

    door: Path

    async def run(self, *arguments: str, environment: Mapping[str, str], typed: str = "") -> Said:
        """Run a command to its end."""
        return await asyncio.to_thread(self._run, arguments, environment, typed)

    def _run(self, arguments: tuple[str, ...], environment: Mapping[str, str], typed: str) -> Said:
        with contextlib.ExitStack() as stack:
            given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(typed.encode())
            given.seek(0)
            asking = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            asking.connect(str(self.door))
            asked = {"arguments": arguments, "environment": dict(environment)}
            files = [each.fileno() for each in (given, out, err)]
            socket.send_fds(asking, [json.dumps(asked).encode()], files)
            code = json.loads(asking.recv(MESSAGE_BYTES) or "null")
            if code is None:
                raise ChildProcessError(f"what runs commands ended during mirage {arguments}")
            for each in (out, err):
                each.seek(0)
            return Said(code, out.read().decode(), err.read().decode())


@contextlib.contextmanager
def terminal(folder: Path) -> Iterator[Terminal]:
    """A process that forks for commands, as long as this one lasts."""
    door = folder / "door"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "tests.support.terminal", str(door)]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as forking:
        assert forking.stdin is not None
        assert forking.stdout is not None
        if not forking.stdout.readline():
            raise ChildProcessError("what runs commands did not start")
        yield Terminal(door)
        forking.stdin.close()  # by which it ends


# --- in the process that forks ----------------------------------------------------------------------------------


def serve(door: str) -> None:
    """Fork for each command that is asked for at `door`, until the input ends."""
    commands = importlib.import_module("server.commands")
    importlib.import_module("server.cli")
    for each in pkgutil.walk_packages(commands.__path__, "server.commands."):
        if ".templates" not in each.name:
            importlib.import_module(each.name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who attend
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(door)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while listening in select.select([listening, sys.stdin], [], [])[0]:
            asked, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _attend(asked)
            asked.close()


def _attend(asked: socket.socket) -> NoReturn:
    """Run one command in a fork, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(asked, MESSAGE_BYTES, 3)
    command = os.fork()
    if command == 0:
        asked.close()
        for place, file in enumerate(files):
            os.dup2(file, place)
            os.close(file)
        _become(**json.loads(message))
    _, status = os.waitpid(command, 0)
    asked.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(arguments: list[str], environment: Mapping[str, str]) -> NoReturn:
    from server.cli import main  # noqa: PLC0415 - only here

    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["mirage", *arguments]
    main()
    sys.exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
