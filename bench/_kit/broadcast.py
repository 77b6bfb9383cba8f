"""The reference for subscriptions: a server that sends each event of a Redis stream to everybody, and knows no GraphQL.

It uses the `websockets` library's own broadcast: the least that a Python server does to bring bytes to many sockets.
"""

from __future__ import annotations

import asyncio

import orjson
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from server.jobs.queue import open_queue
from server.settings import StackSettings

STREAM = "mirage-bench:events"


async def _serve(port: int, length: int) -> None:
    queue = await open_queue(StackSettings().redis_url.get_secret_value())
    text = "x" * length
    connections: set[ServerConnection] = set()

    async def keep(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    async with serve(keep, "127.0.0.1", port, compression=None, backlog=2048):
        place = b"$"
        while True:
            answer = await queue.xread({STREAM: place}, count=200, block=5_000)
            for _, entries in answer or []:
                for entry, fields in entries:
                    place = entry
                    for group in orjson.loads(fields[b"e"]):
                        for _ in group["ids"]:
                            broadcast(connections, text)
                            await asyncio.sleep(0)


def main(port: int, length: int) -> None:
    """Serve on loopback `port` until the process is ended; a message has `length` characters."""
    uvloop.run(_serve(port, length))
