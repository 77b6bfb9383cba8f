"""A TCP proxy on loopback that can fall silent, reset its connections, or cut them off in mid-answer."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIECE = 65_536
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing is a reset


class Fault(enum.StrEnum):
    """What the network does."""

    NONE = "none"
    SILENT = "silent"  # takes what is sent and hands nothing on
    RESET = "reset"  # ends every connection at once, also new ones
    CUT = "cut"  # hands questions on and cuts the answer off half way


class Proxy:
    """Hands on what comes to its port, as the fault says. Use `proxy()`."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._fault = Fault.NONE
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def become(self, fault: Fault) -> None:
        """Do this from now on, with connections that are open, too."""
        self._fault = fault
        if fault is Fault.SILENT:
            self._may_pass.clear()
        else:
            self._may_pass.set()
        if fault is Fault.RESET:
            self.reset()

    def reset(self) -> None:
        """End all connections, without a word."""
        for writer in list(self._open):
            _end(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        if self._fault is Fault.RESET:
            _end(writer)
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            _end(writer)
            return
        ours = {writer, back}
        self._open |= ours
        try:
            await asyncio.gather(
                self._pass(reader, back, is_answer=False), self._pass(there, writer, is_answer=True)
            )
        finally:
            self._open -= ours
            for each in ours:
                _end(each)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the latter is uvloop's for what is gone
            while piece := await reader.read(PIECE):
                await self._may_pass.wait()
                if is_answer and self._fault is Fault.CUT:
                    writer.write(piece[: len(piece) // 2])
                    await writer.drain()
                    self.reset()
                    return
                writer.write(piece)
                await writer.drain()
            writer.close()


def _end(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    # There is none any more where it has ended; uvloop has one without a number.
    with contextlib.suppress(OSError, AttributeError, ValueError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@asynccontextmanager
async def proxy(to: int) -> AsyncIterator[Proxy]:
    """A proxy to a loopback port."""
    made = Proxy(to)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        task.add_done_callback(serving.discard)
        await made.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
