"""Noticing that the database has fallen silent, for those with whom people wait.

The driver takes a connection for dead after five missing signs of life, five seconds; sooner it may be but busy. Here
somebody asks beside it: where a statement takes long and not even a new connection is greeted, it is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

# Together under two seconds at the worst: a greeting that is waited for already when a statement is sent, and its own.
SUSPECT_AFTER_S = 0.5
GREETED_WITHIN_S = 0.8
LOOK_EVERY_S = 0.1
GREET_EVERY_S = 0.5
BOLT_PORT = 7687

# Bolt's handshake: its magic number and four proposals of versions, here 5.8 down to 5.0 (Bolt Protocol, Handshake).
_GREETING = b"\x60\x60\xb0\x17" + b"\x00\x08\x08\x05" + bytes(12)


class Vigil:
    """Watches over the statements of a process. `kept` is the time in which it does."""

    def __init__(self, uri: str) -> None:
        found = urlsplit(uri)
        self._host, self._port = found.hostname or "localhost", found.port or BOLT_PORT
        self._tls = _tls_of(found.scheme)
        self._waiting: dict[asyncio.Timeout, float] = {}

    async def over(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives. Raises TimeoutError where the database falls silent meanwhile."""
        async with asyncio.timeout(None) as waiting:
            self._waiting[waiting] = time.monotonic()
            try:
                return await work()
            finally:
                del self._waiting[waiting]

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep watch."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        greeted_at = float("-inf")
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = time.monotonic()
            oldest = min(self._waiting.values(), default=now)
            if now < max(oldest + SUSPECT_AFTER_S, greeted_at + GREET_EVERY_S):
                continue
            if await self.is_greeted():
                greeted_at = time.monotonic()
            else:
                self._give_up(now)

    def _give_up(self, before: float) -> None:
        """End the wait of all that were sent before a moment; some that were given up before take time to end."""
        for waiting, since in self._waiting.items():
            if since < before and not waiting.expired():
                waiting.reschedule(asyncio.get_running_loop().time())

    async def is_greeted(self) -> bool:
        """Whether the database answers the first bytes of a new connection in time."""
        try:
            async with asyncio.timeout(GREETED_WITHIN_S):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls
                )
                try:
                    writer.write(_GREETING)
                    await reader.readexactly(4)
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
        except (OSError, EOFError):
            return False
        return True


def _tls_of(scheme: str) -> ssl.SSLContext | None:
    """What a connection of this scheme is secured with: `+s` by known authorities, `+ssc` by any certificate."""
    if not scheme.endswith(("+s", "+ssc")):
        return None
    context = ssl.create_default_context()
    if scheme.endswith("+ssc"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
