"""Rows about clients that mean harm, or cannot do better: floods, oversized bodies, deep and wide questions."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench._kit.process import open_files, resident_mb
from bench.faults import load
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, World
from server.embedded.role import PYTHON
from server.web.socket import PROTOCOL

TRIVIAL = "{ __typename }"
USUAL = (
    "{ me { role } entities(first: 1) { nodes { id } } }",
    "{ entities(first: 1) { nodes { id } } }",
)
Ask = Callable[[str], Awaitable[tuple[Mapping[str, Any], float]]]


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
        async with load.reading(world, at_once=2, every_s=0.05, ports=[port]) as reads:
            await asyncio.sleep(1)
            reads.replies.clear()  # the first ones found an API that has just been started
            left, took = await _flooded(port, self.silent, self.half, dice.randrange(10**6))
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


async def _flooded(port: int, *told: int) -> tuple[int, float]:
    """Flood a port; how many connections were left open, and after how many seconds the others were closed."""
    command = [*PYTHON, "bench.faults.flood", str(port), *map(str, told)]
    flood = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    said, _ = await flood.communicate()
    if flood.returncode:
        raise RuntimeError(f"the flood ended with {flood.returncode}")
    end = json.loads(said.splitlines()[-1])
    return int(end["left"]), float(end["took_s"])


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
    """Questions that are deep, wide, full of aliases, or of fragments that spread each other, in all three ways."""

    number = 22
    goal = Goal("each refused before it is carried out, within 50 ms beyond a trivial question")
    each: ClassVar[int] = 5

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Each kind some times, of sizes that the dice choose: posted, as a stream of events, and over a socket."""
        broken: list[str] = []
        worst = 0.0
        async with asking(world) as ways:
            for ask in ways:
                for usual in USUAL:  # the first ones greet, and load what is loaded once
                    await ask(usual)
            for make in (_deep, _aliased, _spreading, _wide):
                for ask in ways * self.each:
                    how = f"{make.__name__}, {ask.__name__}"
                    _, before = await ask(TRIVIAL)
                    body, took = await ask(make(dice))
                    worst = max(worst, took - before)
                    if body.get("data") or not body.get("errors"):
                        broken.append(f"{how}: not refused but answered {str(body)[:200]}")
                    if took - before > 0.05:
                        broken.append(f"{how}: took {(took - before) * 1000:.0f} ms more")
        return Outcome.of(broken=tuple(broken), note=f"worst {worst * 1000:.0f} ms more")


@asynccontextmanager
async def asking(world: World) -> AsyncIterator[list[Ask]]:
    """Three ways to ask one API: each gives the body of the answer and the seconds until it was there."""
    port, let_in = world.ports[APIS[0]], {"Authorization": f"Bearer {world.client.key}"}
    url = f"http://127.0.0.1:{port}/graphql"

    async def posted(query: str) -> tuple[Mapping[str, Any], float]:
        began = time.monotonic()
        answer = await http.post(url, json={"query": query}, headers=let_in)
        return answer.json(), time.monotonic() - began

    async def streamed(query: str) -> tuple[Mapping[str, Any], float]:
        began = time.monotonic()
        headers = let_in | {"Accept": "text/event-stream"}
        text = (await http.post(url, json={"query": query}, headers=headers)).text
        took = time.monotonic() - began
        told = next((line[6:] for line in text.splitlines() if line.startswith("data: {")), text)
        return json.loads(told), took

    async def over_socket(query: str) -> tuple[Mapping[str, Any], float]:
        began = time.monotonic()
        number = str(next(numbers))
        asked = {"id": number, "type": "subscribe", "payload": {"query": query}}
        await socket.send(json.dumps(asked))
        while True:
            said = json.loads(await socket.recv())
            if said["type"] == "error":
                return {"errors": said["payload"]}, time.monotonic() - began
            if said["type"] == "next":
                body, took = said["payload"], time.monotonic() - began
            if said["type"] == "complete":
                return body, took

    numbers = itertools.count()
    async with (
        httpx.AsyncClient(timeout=10, trust_env=False) as http,
        connect(
            f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None
        ) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": let_in}))
        await socket.recv()
        yield [posted, streamed, over_socket]


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
