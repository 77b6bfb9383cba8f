"""What is put right about the driver's connections, at sockets that do what a server seldom does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

import pytest
import uvloop
from neo4j._async.io._bolt._bolt_socket import AsyncBoltSocket

from graph.connections import put_right_connections


async def write_to_a_connection_that_was_reset() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        wire: Any = AsyncBoltSocket(reader, None, writer)
        try:
            await wire.sendall(b"x")
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            await wire.sendall(b"y")
        finally:
            writer.close()


def test_the_driver_notices_that_a_connection_was_reset_in_the_loop_of_the_api_too() -> None:
    put_right_connections()

    async def write() -> None:
        with pytest.raises(ConnectionResetError):
            await write_to_a_connection_that_was_reset()

    for run in (asyncio.run, uvloop.run):
        run(write())


class Counting(asyncio.StreamReader):
    """A reader that counts the tasks it is asked from."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_by: set[Any] = set()

    async def read(self, n: int = -1) -> bytes:
        self.asked_by.add(asyncio.current_task())
        return await super().read(n)


async def received(wire: Any, size: int) -> bytes:
    buffer = bytearray(size)
    return bytes(buffer[: await wire.recv_into(memoryview(buffer), size)])


async def test_what_has_arrived_is_taken_without_waiting() -> None:
    put_right_connections()
    reader = Counting()
    wire: Any = AsyncBoltSocket(reader, None, None)
    wire.set_read_timeout(0.05)
    reader.feed_data(b"abcdef")

    assert [await received(wire, 4), await received(wire, 4)] == [b"abcd", b"ef"]
    assert reader.asked_by == {asyncio.current_task()}, "no task of its own"

    with pytest.raises(TimeoutError):
        await received(wire, 4)
    reader.feed_eof()
    assert await received(wire, 4) == b""
