"""Cells: processes of our own in which code runs that may hang, eat all memory or die, one thing at a time.

A cell is told things over a socket, a line each, and answers each with a line. It is ended with all its children by
whoever started it. What is said on the lines is its user's (`server.jobs.isolation`, `server.notify.cells`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

END_S = 5.0
LONGEST_LINE = 4_000_000


class CellDied(Exception):
    """The process ended, or had to be ended, before it answered; the message says how."""


@dataclass
class Cell:
    """A process that does one thing after another."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Cell:
        """A new one, in a session of its own, so that its children end with it.

        `command` is followed by the number of its socket. Without an `environment` it has ours.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            fd = theirs.fileno()
            process = await asyncio.create_subprocess_exec(
                *command,
                str(fd),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[fd],
                start_new_session=True,
                env=environment,
            )
        reader, writer = await asyncio.open_connection(sock=ours, limit=LONGEST_LINE)
        return cls(process, reader, writer)

    async def ask(self, line: bytes) -> bytes:
        """Its answer to a line. Raises CellDied."""
        try:
            self.writer.write(line + b"\n")
            await self.writer.drain()
            answer = await self.reader.readline()
        except (OSError, ValueError) as error:  # ValueError: a line that is too long
            raise CellDied(await self.last_words()) from error
        if not answer.endswith(b"\n"):
            raise CellDied(await self.last_words())
        return answer

    async def last_words(self) -> str:
        """How it ended; whoever has closed the socket without an answer ends soon, or is ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self.process.wait()
        code = self.process.returncode
        if code is None:
            return "its process gave no answer that can be read"
        if code < 0:
            return f"its process was ended by {signal.Signals(-code).name}"
        return f"its process ended with exit code {code}"

    async def end(self) -> None:
        """End it and all that it started, now."""
        self.writer.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
