"""A MySQL server that greets (protocol version 10) and denies every login."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

from lab.connection import IDLE_S

CAPABILITIES = 0x000F_F7FF  # of a 5.5 server, TLS not among them
LATIN1 = 8
AUTOCOMMIT = 2
ACCESS_DENIED = 1045
SALT = b"0rr3ry-s", b"alt-of-lab12"  # a constant: nobody can log in anyway


@dataclass(frozen=True)
class MySqlServer:
    """Answers a MySQL port as version `version`."""

    version: str

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet, read the login, deny it."""
        writer.write(_packet(0, self.greeting()))
        await writer.drain()
        async with asyncio.timeout(IDLE_S):
            header = await reader.readexactly(4)
            await reader.readexactly(int.from_bytes(header[:3], "little"))
        message = b"\xff" + struct.pack("<H", ACCESS_DENIED) + b"#28000Access denied"
        writer.write(_packet(header[3] + 1 & 0xFF, message))
        await writer.drain()

    def greeting(self) -> bytes:
        """The initial handshake, without the packet header."""
        lower, upper = CAPABILITIES & 0xFFFF, CAPABILITIES >> 16
        fixed = struct.pack("<HBHHB", lower, LATIN1, AUTOCOMMIT, upper, 21)
        first = b"\x0a" + self.version.encode() + b"\0" + struct.pack("<I", 7) + SALT[0] + b"\0"
        return first + fixed + bytes(10) + SALT[1] + b"\0" + b"mysql_native_password\0"


def _packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body
