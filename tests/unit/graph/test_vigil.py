"""The vigil, beside servers that greet, say nothing, or are not there."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from graph.vigil import GREETED_WITHIN_S, SUSPECT_AFTER_S, Vigil

SOON_S = SUSPECT_AFTER_S + 2 * GREETED_WITHIN_S + 1  # a busy machine is late


@asynccontextmanager
async def serving(*, is_greeting: bool) -> AsyncIterator[Vigil]:
    """A vigil over a server of its own."""
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        await reader.read(20)
        if is_greeting:
            writer.write(b"\x00\x00\x08\x05")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    vigil = Vigil(f"bolt://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        async with vigil.kept():
            yield vigil
    finally:
        for writer in open_now:
            writer.close()
        server.close()


async def test_what_takes_long_is_waited_for_while_somebody_greets() -> None:
    async def work() -> str:
        await asyncio.sleep(2 * SUSPECT_AFTER_S + GREETED_WITHIN_S)
        return "done"

    async with serving(is_greeting=True) as vigil:
        assert await vigil.over(work) == "done"


async def test_a_silent_server_is_given_up() -> None:
    async with serving(is_greeting=False) as vigil:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await vigil.over(lambda: asyncio.sleep(30))
        assert SUSPECT_AFTER_S <= time.monotonic() - began < SOON_S


async def test_one_that_takes_time_to_end_does_not_end_the_watch() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(SOON_S)

    async with serving(is_greeting=False) as vigil:
        first = asyncio.create_task(vigil.over(stubborn))
        await asyncio.sleep(SUSPECT_AFTER_S + GREETED_WITHIN_S + 0.3)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await vigil.over(lambda: asyncio.sleep(30))
        assert time.monotonic() - began < SOON_S
        with pytest.raises(TimeoutError):
            await first


async def test_who_is_cancelled_is_cancelled() -> None:
    async with serving(is_greeting=True) as vigil:
        task = asyncio.create_task(vigil.over(lambda: asyncio.sleep(30)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_port_that_nobody_listens_to_greets_nobody() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not await Vigil(f"neo4j://127.0.0.1:{unused.getsockname()[1]}").is_greeted()


def test_addresses_are_read_as_the_driver_reads_them() -> None:
    assert Vigil("bolt://db.example")._port == 7687
    assert Vigil("neo4j+s://db.example:7000")._tls is not None
    assert Vigil("bolt+ssc://db.example")._tls is not None
    assert Vigil("bolt://db.example")._tls is None
