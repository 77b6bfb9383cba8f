"""WebSocket clients that cost next to nothing, so that what is measured is the server.

They read frames and count messages; of RFC 6455 they know what a server of ours sends: whole text frames, pings and a
close. What they send is masked with zeros, which leaves it as it is.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
AT_ONCE = 50  # handshakes under way
JOIN_WITHIN_S = 60.0


class Subscriber(asyncio.Protocol):
    """One connection. `on_message` gets the payload of each text frame."""

    def __init__(self, path: str, subprotocol: str, on_message: Callable[[bytes], None]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self._hello = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n"
        ).encode()
        self._on_message = on_message
        self._pending = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.fault = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._hello)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it ended."""
        self.fault = self.fault or f"the connection is gone ({exc})"
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self.fault))

    def data_received(self, data: bytes) -> None:
        """Take frames apart; what is not whole yet waits."""
        if self._pending:
            data, self._pending = self._pending + data, b""
        if not self._is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._pending = head
                return
            self._is_open = True
            if head.split(None, 2)[1] != b"101":
                self.fault = head.decode(errors="replace")
                self.transport.close()
                return
            self.opened.set_result(None)
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                if end < start:
                    break
                size = int.from_bytes(data[at + 2 : start], "big")
            if end < start + size:
                break
            self._take(data[at] & 0xF, data[start : start + size])
            at = start + size
        self._pending = data[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._on_message(payload)
        elif kind == PING:
            self._send(PONG, payload)
        elif kind == CLOSE:
            self.fault = f"closed: {payload[2:].decode(errors='replace')}"

    def say(self, text: str) -> None:
        """Send a text."""
        self._send(TEXT, text.encode())

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self.transport.write(bytes([0x80 | kind]) + length + b"\0\0\0\0" + payload)


@dataclass
class Swarm:
    """Many subscribers of one server, and how many messages they all got."""

    received: int = 0
    last_at: float = 0.0
    length: int = 0
    members: list[Subscriber] = field(default_factory=list)

    async def join(
        self,
        count: int,
        port: int,
        path: str,
        subprotocol: str,
        greeting: tuple[str, ...],
        *,
        within_s: float = JOIN_WITHIN_S,
    ) -> None:
        """Connect `count` more, each of which sends the greeting. Raises ConnectionError, TimeoutError."""
        gate = asyncio.Semaphore(AT_ONCE)
        loop = asyncio.get_running_loop()

        async def connect() -> None:
            async with gate:
                _, member = await loop.create_connection(
                    lambda: Subscriber(path, subprotocol, self._count), "127.0.0.1", port
                )
                await member.opened
                for text in greeting:
                    member.say(text)
                self.members.append(member)

        async with asyncio.timeout(within_s):
            await asyncio.gather(*(connect() for _ in range(count)))

    def _count(self, payload: bytes) -> None:
        self.received += 1
        self.length = len(payload)
        self.last_at = time.monotonic()

    async def wait(self, count: int, within_s: float) -> bool:
        """Whether all together get `count` messages in time. Raises ConnectionError if one is gone."""
        until = time.monotonic() + within_s
        while self.received < count:
            gone = next((each.fault for each in self.members if each.fault), "")
            if gone:
                raise ConnectionError(gone)
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.01)
        return True

    def leave(self) -> None:
        """Close all connections."""
        for member in self.members:
            member.transport.close()
        self.members.clear()
