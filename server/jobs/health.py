"""Health and metrics of a worker over plain HTTP on loopback: /healthz, /readyz, /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arq.connections import ArqRedis
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from graph.errors import MirageError
from graph.store import Store

_LINES = {200: "200 OK", 404: "404 Not Found", 503: "503 Service Unavailable"}


@asynccontextmanager
async def serve_health(port: int, store: Store, queue: ArqRedis) -> AsyncIterator[None]:
    """Serve on loopback `port`; 0 serves nothing."""
    if not port:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), 5)
            path = line.split()[1].decode("ascii", "replace") if len(line.split()) > 1 else ""
            status, media_type, body = await _respond(path, store, queue)
            head = (
                f"HTTP/1.1 {_LINES[status]}\r\nContent-Type: {media_type}\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
        except (TimeoutError, OSError):
            return  # whoever asked has gone; there is nobody to tell
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=4096)
    async with server:
        yield


async def _respond(path: str, store: Store, queue: ArqRedis) -> tuple[int, str, bytes]:
    if path == "/healthz":
        return 200, "text/plain", b"live\n"
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    if path != "/readyz":
        return 404, "text/plain", b"not found: there are /healthz, /readyz and /metrics\n"
    try:
        await store.check()
        await queue.ping()
    except (MirageError, RedisError, OSError) as error:
        return 503, "text/plain", f"not ready: {type(error).__name__}\n".encode()
    return 200, "text/plain", b"ready\n"
