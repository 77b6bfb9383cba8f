"""An FTP server's control connection: greets, and lets nobody in. There is nothing to transfer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lab.connection import read_line

ANSWERS = {
    "USER": "331 Please specify the password.",
    "PASS": "530 Login incorrect.",
    "SYST": "215 UNIX Type: L8",
    "NOOP": "200 NOOP ok.",
}


@dataclass(frozen=True)
class FtpServer:
    """Answers an FTP port, its greeting being `banner`."""

    banner: str

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk until the client quits."""
        writer.write(f"220 {self.banner}\r\n".encode())
        while True:
            await writer.drain()
            verb = (await read_line(reader)).partition(" ")[0].upper()
            if verb == "QUIT":
                writer.write(b"221 Goodbye.\r\n")
                await writer.drain()
                return
            answer = ANSWERS.get(verb, "530 Please login with USER and PASS.")
            writer.write(f"{answer}\r\n".encode())
