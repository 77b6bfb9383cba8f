"""Rows about clients that mean harm, or cannot do better: floods, oversized bodies, deep and wide questions."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from bench._kit.process import open_files, resident_mb
from bench.faults import load
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, World

HALF = b'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"q'


class ConnectionFlood(Row):
    """2,000 connections that say nothing, and 500 whose request never comes to its end."""

    number = 19
    goal = Goal("others are served, none later than 250 ms; closed and forgotten within 15 s", 15)
    silent: ClassVar[int] = 2_000
    half: ClassVar[int] = 500

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """All at one API process, in a mixed order; others ask it meanwhile."""
        port, pid = world.ports[APIS[0]], world.keeper.pid(APIS[0])
        before = open_files(pid)
        says = [b""] * self.silent + [HALF] * self.half
        dice.shuffle(says)
        async with load.reading(world, at_once=2, every_s=0.05, ports=[port]) as reads:
            await asyncio.sleep(1)
            async with _connected(port, says) as waiting:
                began = time.monotonic()
                left = await _all_closed(waiting, 60)
                took = time.monotonic() - began
            await asyncio.sleep(1)
        replies = [reply for _, reply in reads.replies]
        broken = load.slow(replies, 0.25)
        broken += tuple(
            sorted({f"somebody else was not served: {each}" for each in reads.failed()})
        )
        if left:
            broken += (f"{left} connections are open after {took:.0f} s",)
        if (after := open_files(pid)) > before + 20:
            broken += (f"{after - before} files are left open",)
        return Outcome.of(recovery_s=took, broken=broken, note=f"{len(replies)} answers to others")


@asynccontextmanager
async def _connected(port: int, says: Sequence[bytes]) -> AsyncIterator[list[asyncio.StreamReader]]:
    """A connection for each of these, that says it and nothing more."""
    gate = asyncio.Semaphore(50)
    writers: list[asyncio.StreamWriter] = []

    async def connect(said: bytes) -> asyncio.StreamReader:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            writer.write(said)
        return reader

    try:
        yield list(await asyncio.gather(*(connect(each) for each in says)))
    finally:
        for writer in writers:
            writer.close()


async def _all_closed(readers: Sequence[asyncio.StreamReader], within_s: float) -> int:
    """Wait until the other side has closed all of these; how many it has not."""

    async def closed(reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass

    _, left = await asyncio.wait(
        [asyncio.create_task(closed(each)) for each in readers], timeout=within_s
    )
    for task in left:
        task.cancel()
    return len(left)


class OversizedBodies(Row):
    """Bodies of a gigabyte, announced or in pieces that never end."""

    number = 21
    goal = Goal("413 before it is read, within 100 ms; memory grows by 8 MB at most")
    bodies: ClassVar[int] = 20

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Some of both kinds after each other."""
        port, pid = world.ports[APIS[0]], world.keeper.pid(APIS[0])
        await _sent(port, world, is_announced=True)
        before = resident_mb(pid)
        broken: list[str] = []
        worst = 0.0
        for _ in range(self.bodies):
            is_announced = dice.random() < 0.5
            status, took, sent = await _sent(port, world, is_announced=is_announced)
            worst = max(worst, took)
            if status != 413:
                broken.append(f"answered {status} after {sent:,} bytes, announced: {is_announced}")
            if is_announced and took > 0.1:
                broken.append(f"answered after {took * 1000:.0f} ms")
        grown = resident_mb(pid) - before
        if grown > 8:
            broken.append(f"memory grew by {grown:.1f} MB")
        return Outcome.of(
            broken=tuple(broken), note=f"worst {worst * 1000:.0f} ms, {grown:+.1f} MB"
        )


async def _sent(port: int, world: World, *, is_announced: bool) -> tuple[int, float, int]:
    """Send a body of a gigabyte until there is an answer; its status, the seconds it took, the bytes that were sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = "Content-Length: 1000000000" if is_announced else "Transfer-Encoding: chunked"
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {world.client.key}\r\n{length}\r\n\r\n"
    )
    piece = b"x" * 65_536
    if not is_announced:
        piece = b"10000\r\n" + piece + b"\r\n"
    began, sent = time.monotonic(), 0
    answer = asyncio.create_task(reader.readline())
    with contextlib.suppress(OSError):
        writer.write(head.encode())
        while not answer.done() and sent < 20_000_000:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
            await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            line = await answer
    except (TimeoutError, OSError):
        line = b""
    took = time.monotonic() - began
    writer.transport.abort()
    return int(line.split()[1]) if line.startswith(b"HTTP/1.1 ") else 0, took, sent


class DeepQuestions(Row):
    """Questions that are deep, wide, full of aliases, or made of fragments that spread each other."""

    number = 22
    goal = Goal("each refused before it is carried out, within 50 ms beyond a trivial question")
    each: ClassVar[int] = 5

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Each kind some times, of sizes that the dice choose."""
        broken: list[str] = []
        worst = 0.0
        for make in (_deep, _aliased, _spreading, _wide):
            for _ in range(self.each):
                trivial = await world.client.ask("{ __typename }")
                reply = await world.client.ask(make(dice))
                took = reply.took_s - trivial.took_s
                worst = max(worst, took)
                if reply.data is not None or not reply.codes:
                    broken.append(f"{make.__name__} was not refused: {reply}")
                if took > 0.05:
                    broken.append(f"{make.__name__} took {took * 1000:.0f} ms more")
        return Outcome.of(broken=tuple(broken), note=f"worst {worst * 1000:.0f} ms more")


def _deep(dice: random.Random) -> str:
    depth = dice.randrange(200, 2_000)
    return "{" + "domainNames { nodes { resolvesTo { nodes {" * depth + "id" + "}}}}" * depth + "}"


def _aliased(dice: random.Random) -> str:
    return "{" + " ".join(f"a{n}: me {{ role }}" for n in range(dice.randrange(2_000, 9_000))) + "}"


def _spreading(dice: random.Random) -> str:
    last = dice.randrange(20, 28)
    parts = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(last)]
    return "{ ...f0 } " + " ".join(parts) + f" fragment f{last} on Query {{ me {{ role }} }}"


def _wide(dice: random.Random) -> str:
    return "{" + f"entities(first: {dice.randrange(100_000, 10**9)}) {{ nodes {{ id }} }}" + "}"
