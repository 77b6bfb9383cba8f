"""Looks after TCP connections: what they may fail with, and how all of them end with the lab."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

IDLE_S = 10

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


@dataclass
class Connections:
    """The open connections of all servers of one lab."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, serve: Serve) -> Connected:
        """What a server calls for a new connection: `serve` in a task that is remembered."""

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(_serve(serve, reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return connected

    async def stop(self) -> None:
        """End every connection and wait until its task has gone."""
        await asyncio.sleep(0)  # what was accepted last gets its task in this turn of the loop
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(serve: Serve, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection to whatever end it comes."""
    try:
        await serve(reader, writer)
    except (EOFError, TimeoutError, OSError) as end:
        log.debug("connection ended: %r", end)
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
    finally:
        writer.close()


async def read_line(reader: asyncio.StreamReader) -> str:
    """The next line without its end.

    Raises EOFError where there is none or it is too long, TimeoutError where it does not come.
    """
    try:
        async with asyncio.timeout(IDLE_S):
            line = await reader.readline()
    except ValueError as error:  # longer than the reader's limit
        raise EOFError from error
    if not line:
        raise EOFError
    return line.decode("utf-8", "replace").rstrip("\r\n")
