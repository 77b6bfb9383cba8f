"""A client that may send any bytes: what a well-behaved library refuses to."""

from __future__ import annotations

import asyncio
import os
import struct
from dataclasses import dataclass, field

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
NO_CLOSE = 1006
WITHIN_S = 10.0


@dataclass
class Wire(asyncio.Protocol):
    """A connection: the bytes that came, in `received`, and whether it is over."""

    received: bytearray = field(default_factory=bytearray)
    is_over: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _transport: asyncio.Transport | None = None

    @classmethod
    async def to(cls, address: str) -> Wire:
        """Connect to host and port."""
        host, port = address.split(":")
        _, wire = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a protocol's form
        self.is_over = True
        self._changed.set()

    def send(self, data: bytes) -> None:
        """Send these bytes, unless it is over."""
        if self._transport is not None and not self.is_over:
            self._transport.write(data)

    async def until(self, wanted: bytes = b"") -> None:
        """Wait until this has come, or it is over; without a text, until it is over."""
        async with asyncio.timeout(WITHIN_S):
            while not self.is_over and not (wanted and wanted in self.received):
                self._changed.clear()
                await self._changed.wait()

    async def until_closed(self, wanted: bytes = b"") -> bool:
        """Wait for the frame that closes, or the end; or for this to come, if that is earlier. Whether it is closed."""
        async with asyncio.timeout(WITHIN_S):
            while not (is_closed := self.is_over or close_code(bytes(self.received)) != NO_CLOSE):
                if wanted and wanted in self.received:
                    break
                self._changed.clear()
                await self._changed.wait()
        return is_closed

    def abort(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()


async def socket_to(address: str, extra: str = "") -> Wire:
    """A WebSocket of graphql-transport-ws after its handshake, nothing received yet."""
    wire = await Wire.to(address)
    wire.send(handshake(address, extra))
    await wire.until(b"\r\n\r\n")
    assert wire.received.startswith(b"HTTP/1.1 101"), bytes(wire.received)
    wire.received.clear()
    return wire


def handshake(address: str, extra: str = "") -> bytes:
    """The head of a request that opens a WebSocket; `extra` are further headers."""
    return (
        f"GET /graphql HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n{extra}\r\n"
    ).encode()


def frame(opcode: int, payload: bytes = b"", first: int = 0x80, is_masked: bool = True) -> bytes:
    """One frame; `first` are the bits beside the opcode (0x80 for the last fragment)."""
    mask = 0x80 if is_masked else 0
    if len(payload) < 126:
        head = bytes([first | opcode, mask | len(payload)])
    elif len(payload) < 65_536:
        head = bytes([first | opcode, mask | 126]) + struct.pack("!H", len(payload))
    else:
        head = bytes([first | opcode, mask | 127]) + struct.pack("!Q", len(payload))
    if not is_masked:
        return head + payload
    key = os.urandom(4)
    keys = (key * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    return head + key + masked.to_bytes(len(payload), "big")


def frames_in(received: bytes) -> list[tuple[int, bytes]]:
    """The frames that a server sent, as opcode and payload."""
    found, at = [], 0
    while at + 2 <= len(received):
        opcode, length = received[at] & 0x0F, received[at + 1] & 0x7F
        at += 2
        if length == 126:
            length = int.from_bytes(received[at : at + 2], "big")
            at += 2
        elif length == 127:
            length = int.from_bytes(received[at : at + 8], "big")
            at += 8
        found.append((opcode, bytes(received[at : at + length])))
        at += length
    return found


def close_code(received: bytes) -> int:
    """The code that a server closed with: 1005 for none in the frame, NO_CLOSE without a frame."""
    closes = [payload for opcode, payload in frames_in(received) if opcode == CLOSE]
    if not closes:
        return NO_CLOSE
    return int.from_bytes(closes[-1][:2], "big") if closes[-1] else 1005
