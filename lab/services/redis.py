"""A Redis server that asks for no login: enough of its protocol to see that, and no data."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lab.connection import IDLE_S, read_line

MAX_ARGUMENTS = 64


@dataclass(frozen=True)
class RedisServer:
    """Answers a Redis port as version `version`."""

    version: str

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer commands until QUIT."""
        while True:
            command = await _read_command(reader)
            if not command:
                continue
            writer.write(self._answer(command))
            await writer.drain()
            if command[0].upper() == "QUIT":
                return

    def _answer(self, command: list[str]) -> bytes:
        match command[0].upper():
            case "PING":
                return b"+PONG\r\n" if len(command) == 1 else _bulk(command[1])
            case "INFO":
                return _bulk(
                    "# Server\r\n"
                    f"redis_version:{self.version}\r\nredis_mode:standalone\r\nos:Linux\r\n"
                )
            case "DBSIZE":
                return b":42\r\n"
            case "QUIT":
                return b"+OK\r\n"
            case unknown:
                return f"-ERR unknown command '{unknown[:128]}'\r\n".encode()


async def _read_command(reader: asyncio.StreamReader) -> list[str]:
    """The next command: an array of bulk strings, or words on a line."""
    line = await read_line(reader)
    if not line.startswith("*"):
        return line.split()
    count = _number(line)
    if not 0 <= count <= MAX_ARGUMENTS:
        raise EOFError
    return [await _read_bulk(reader) for _ in range(count)]


async def _read_bulk(reader: asyncio.StreamReader) -> str:
    size = _number(await read_line(reader))
    if not 0 <= size <= 65536:
        raise EOFError
    async with asyncio.timeout(IDLE_S):
        return (await reader.readexactly(size + 2))[:-2].decode("utf-8", "replace")


def _number(line: str) -> int:
    digits = line[1:]
    return int(digits) if digits.isascii() and digits.isdigit() else -1


def _bulk(text: str) -> bytes:
    body = text.encode()
    return b"$%d\r\n%s\r\n" % (len(body), body)
