"""A row about frames on WebSockets that no client of ours would send."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bench._kit.process import open_files, resident_mb
from bench.faults import load
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import APIS, World
from server.web.socket import PROTOCOL

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0x0, 0x1, 0x2, 0x8, 0x9
WITHIN_S = 5.0
PROTOCOL_ERROR = frozenset({1002})
BAD_REQUEST = frozenset({4400})


@dataclass(frozen=True)
class Kind:
    """Something to send before the greeting, and the codes that it may be closed with; without any it need not be."""

    make: Callable[[random.Random], bytes]
    codes: frozenset[int] = frozenset()


def frame(
    opcode: int, payload: bytes, *, first: int = 0x80, is_masked: bool = True, size: int = -1
) -> bytes:
    """A frame of RFC 6455, whose length may be another one than that of its payload."""
    length, mask = len(payload) if size < 0 else size, 0x80 if is_masked else 0
    if length < 126:
        told = bytes([mask | length])
    elif length < 65_536:
        told = bytes([mask | 126]) + length.to_bytes(2, "big")
    else:
        told = bytes([mask | 127]) + length.to_bytes(8, "big")
    return bytes([first | opcode]) + told + (b"\0\0\0\0" if is_masked else b"") + payload


def _no_json(dice: random.Random) -> bytes:
    text = dice.choice(("", "{", "[" * 5_000, "nul", '{"type":"ping"', "\x00", '{"a":1}{', "NaN"))
    return frame(TEXT, text.encode())


def _no_message(dice: random.Random) -> bytes:
    said = (
        "[]", "7", '"ping"', "null", "{}", '{"type":7}', '{"type":null}', '{"type":"nothing"}',
        '{"type":"ping","payload":[]}', '{"type":"connection_init","payload":"x"}',
        '{"type":"complete","id":"1"}', '{"type":"' + "x" * 70_000 + '"}',
    )  # fmt: skip
    return frame(TEXT, dice.choice(said).encode())


KINDS: Sequence[Kind] = (
    Kind(_no_json, BAD_REQUEST),
    Kind(_no_message, BAD_REQUEST),
    Kind(lambda dice: frame(TEXT, b'{"type":"subscribe","id":"%d"}' % dice.randrange(9)), frozenset({4401, 4400})),
    Kind(lambda dice: frame(BINARY, dice.randbytes(dice.randrange(200))), BAD_REQUEST),
    Kind(lambda dice: frame(TEXT, b"\xff\xfe" + dice.randbytes(20)), frozenset({1007, 4400})),
    Kind(lambda dice: frame(dice.choice((3, 4, 7, 11, 15)), b"x"), PROTOCOL_ERROR),
    Kind(lambda dice: frame(TEXT, b"{}", first=0x80 | dice.choice((0x10, 0x20, 0x30))), PROTOCOL_ERROR),
    Kind(lambda _: frame(TEXT, b"{}", is_masked=False), PROTOCOL_ERROR),
    Kind(lambda _: frame(PING, b"x", first=0), PROTOCOL_ERROR),
    Kind(lambda _: frame(PING, b"x" * 126), PROTOCOL_ERROR),
    Kind(lambda _: frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
    Kind(lambda _: frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    Kind(lambda dice: frame(TEXT, b"", size=dice.choice((2**30, 2**40, 2**62))), frozenset({1002, 1009})),
    Kind(lambda _: frame(TEXT, b"a" * 2_000_000), frozenset({1009, 4400})),
    Kind(lambda dice: frame(TEXT, b"{", size=dice.randrange(2, 120))),  # the rest never comes
    Kind(lambda dice: dice.randbytes(dice.randrange(1, 400))),
)  # fmt: skip


class MalformedFrames(Row):
    """2,000 connections, each of which sends one frame that is wrong in one of sixteen ways."""

    number = 20
    goal = Goal("closed with the code for it; nothing crashes, nothing is left open")
    frames: ClassVar[int] = 2_000
    at_once: ClassVar[int] = 20

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """All at one API process; others ask it meanwhile."""
        port, pid = world.ports[APIS[0]], world.keeper.pid(APIS[0])
        log = world.servers.folder / f"{APIS[0]}.log"
        await _sent(port, KINDS[0].make(dice))
        open_before, mb_before, logged = open_files(pid), resident_mb(pid), log.stat().st_size
        drawn = [dice.choice(KINDS) for _ in range(self.frames)]
        waiting = [(kind, kind.make(dice)) for kind in drawn]
        broken: set[str] = set()

        async def work() -> None:
            while waiting:
                kind, said = waiting.pop()
                code = await _sent(port, said)
                if kind.codes and code not in kind.codes:
                    which = KINDS.index(kind)
                    broken.add(f"kind {which}: closed with {code}, not {sorted(kind.codes)}")

        async with load.reading(world, at_once=1, every_s=0.05, ports=[port]) as reads:
            await asyncio.gather(*(work() for _ in range(self.at_once)))
        await asyncio.sleep(1)
        broken |= {f"somebody else was not served: {each}" for each in reads.failed()}
        if world.keeper.pid(APIS[0]) != pid:
            broken.add("the process ended")
        with log.open() as opened:
            opened.seek(logged)
            if "Traceback" in (told := opened.read()) or '"exception"' in told:
                broken.add("the log has a traceback")
        if (after := open_files(pid)) > open_before + 5:
            broken.add(f"{after - open_before} files are left open")
        grown = resident_mb(pid) - mb_before
        return Outcome.of(broken=tuple(sorted(broken)), note=f"{grown:+.1f} MB")


async def _sent(port: int, said: bytes) -> int:
    """Open a WebSocket, send this, and give the code that it is closed with; 0 where it is not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(bytes(16)).decode()
    writer.write(
        (
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
        ).encode()
    )
    code = 0
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        async with asyncio.timeout(WITHIN_S):
            code = await _close_code(reader)
    writer.transport.abort()
    return code


async def _close_code(reader: asyncio.StreamReader) -> int:
    while True:
        first, length = await reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        payload = await reader.readexactly(length)
        if first & 0xF == CLOSE:
            return int.from_bytes(payload[:2], "big") if payload else 1005
