"""A receiver of notices on loopback, over TLS, behind a way out as channels have it: its name is site.example."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import trustme

from collectors._kit.dialing import Endpoint
from collectors._kit.egress import Egress
from collectors._kit.limits import NeverOpen, Retry
from collectors._kit.protocols.http import verifying_context
from tests.support.egress import opened
from tests.support.loopback import tcp_server


@dataclass
class Receiver:
    """What came, and what is answered."""

    status: str = "204 No Content"
    headers: str = ""
    body: bytes = b""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.came.append(({**headers, "": lines[0]}, body))
        answer = f"HTTP/1.1 {self.status}\r\n{self.headers}content-length: {len(self.body)}\r\n\r\n"
        writer.write(answer.encode() + self.body)
        await writer.drain()


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[tuple[Receiver, Egress]]:
    """A receiver, and what reaches it and nothing else; each request is sent once."""
    authority, receiver = trustme.CA(), Receiver()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("site.example").configure_cert(served)
    async with opened() as world, tcp_server(receiver.talk, served) as port:
        world.routes["192.0.2.1", 443, "tcp"] = Endpoint("127.0.0.1", port)
        verifying = verifying_context(folder / "ca.pem")
        ways = replace(
            world.egress.channels, http=replace(world.egress.channels.http, verifying=verifying)
        )
        yield (
            receiver,
            replace(world.egress, channels=ways, retry=Retry(attempts=1), breaker=NeverOpen()),
        )
