"""Health and metrics of a worker over plain HTTP: /healthz, /readyz, /metrics."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arq.connections import ArqRedis
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from graph.errors import MirageError
from graph.store import Store
from server.jobs import metrics
from server.jobs.presence import Presence, ServiceState

_LINES = {200: "200 OK", 404: "404 Not Found", 503: "503 Service Unavailable"}


@asynccontextmanager
async def serve_health(
    host: str,
    port: int,
    store: Store,
    queue: ArqRedis,
    waiting_in: str = "",
    presence: Presence | None = None,
) -> AsyncIterator[None]:
    """Serve on an address of this machine; port 0 serves nothing. `waiting_in` is the queue whose length is told.

    A process whose `presence` is DRAINING is not ready.
    """
    if not port:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), 5)
            path = line.split()[1].decode("ascii", "replace") if len(line.split()) > 1 else ""
            if path == "/readyz" and presence and presence.state is ServiceState.DRAINING:
                status, media_type, body = 503, "text/plain", b"not ready: it ends\n"
            else:
                status, media_type, body = await _respond(path, store, queue, waiting_in)
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

    server = await asyncio.start_server(answer, host, port, limit=4096)
    async with server:
        yield


async def _respond(
    path: str, store: Store, queue: ArqRedis, waiting_in: str
) -> tuple[int, str, bytes]:
    if path == "/healthz":
        return 200, "text/plain", b"live\n"
    if path == "/metrics":
        await _count_waiting(queue, waiting_in)
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    if path != "/readyz":
        return 404, "text/plain", b"not found: there are /healthz, /readyz and /metrics\n"
    try:
        await store.check()
        await queue.ping()
    except (MirageError, RedisError, OSError) as error:
        return 503, "text/plain", f"not ready: {type(error).__name__}\n".encode()
    return 200, "text/plain", b"ready\n"


async def _count_waiting(queue: ArqRedis, name: str) -> None:
    """Tell how long the queue is; with Redis away nobody knows, and the metric says so by being no number."""
    if not name:
        return
    try:
        length = float(await queue.zcard(name))
    except (RedisError, OSError):
        length = math.nan
    metrics.WAITING.labels(name).set(length)
