"""Connections in masses that say nothing, or half of a request: `python -m bench.faults.flood PORT SILENT HALF SEED`.

A process of its own: whoever measures how others fare meanwhile must not wait for its own flood. It prints a line of
JSON once all are open, and another when all of them were closed by the other side, or too late.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
from collections.abc import Sequence

import uvloop

HALF = b'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"q'
WAITED_S = 60.0
AT_ONCE = 50

kept: list[asyncio.StreamWriter] = []  # a writer that nobody holds closes its connection


async def _connected(port: int, says: Sequence[bytes]) -> list[asyncio.StreamReader]:
    """A connection for each of these, that says it and nothing more."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def connect(said: bytes) -> asyncio.StreamReader:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            kept.append(writer)
            writer.write(said)
        return reader

    return list(await asyncio.gather(*(connect(each) for each in says)))


async def _all_closed(readers: Sequence[asyncio.StreamReader]) -> int:
    """Wait until the other side has closed all of these; how many it has not."""

    async def closed(reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass

    _, left = await asyncio.wait(
        [asyncio.create_task(closed(each)) for each in readers], timeout=WAITED_S
    )
    for task in left:
        task.cancel()
    return len(left)


async def _flood(port: int, silent: int, half: int, seed: int) -> None:
    says = [b""] * silent + [HALF] * half
    random.Random(seed).shuffle(says)
    waiting = await _connected(port, says)
    began = time.monotonic()
    print(json.dumps({"open": len(waiting)}), flush=True)
    left = await _all_closed(waiting)
    print(json.dumps({"left": left, "took_s": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    uvloop.run(_flood(*(int(each) for each in sys.argv[1:])))
