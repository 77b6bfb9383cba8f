"""Looks after TCP connections: what they may fail with, and how all of them end with the lab."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

IDLE_S = 10
STOP_S = 2

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Connections:
    """The open connections of all servers of one lab."""

    _open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    def guard(self, serve: Serve) -> Serve:
        """`serve`, with every end of a connection handled and the connection remembered."""

        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None, "servers run each connection in a task"  # noqa: S101
            self._open[task] = writer
            try:
                await serve(reader, writer)
            except (EOFError, TimeoutError, OSError, asyncio.LimitOverrunError) as end:
                log.debug("connection ended: %r", end)
            finally:
                del self._open[task]
                writer.close()

        return guarded

    async def stop(self) -> None:
        """End every connection at once and wait until its task has gone."""
        tasks = dict(self._open)
        for writer in tasks.values():
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_S)


async def read_line(reader: asyncio.StreamReader) -> str:
    """The next line without its end; EOFError when there is none, TimeoutError when it is slow."""
    async with asyncio.timeout(IDLE_S):
        line = await reader.readline()
    if not line:
        raise EOFError
    return line.decode("utf-8", "replace").rstrip("\r\n")
