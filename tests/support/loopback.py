"""Small real servers on loopback, for tests of the client side of protocols.

Each takes a free port by itself; tests reach it by a route, under an address that does not exist.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Zone = dict[tuple[str, str], list[str]]


@contextlib.asynccontextmanager
async def tcp_server(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that has each connection handled by `talk`; gives its port."""

    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(handle(reader, writer))
        handling.add(task)
        task.add_done_callback(handling.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


def says(*answers: bytes, then_wait_s: float = 0.0) -> Talk:
    """A talk that reads an HTTP head and says the next of `answers` (the last one for ever)."""
    left = list(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        await asyncio.sleep(then_wait_s)

    return talk


def page(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP answer as bytes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class DnsServer(asyncio.DatagramProtocol):
    """A DNS server over UDP and TCP on one port, answering from `zone` or by a fixed rcode."""

    def __init__(
        self, zone: Zone, rcode: str = "", flags: int = 0, *, is_cut: bool = False
    ) -> None:
        self.zone = zone
        self.rcode = rcode
        self.flags = flags
        self.is_cut = is_cut  # over UDP, so that the client must come again over TCP
        self.asked: list[tuple[str, str, str]] = []
        self.flags_seen: list[int] = []
        self.transfer: list[list[str]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        forged = dns.message.make_response(query)
        forged.id = (query.id + 1) % 65536
        self.transport.sendto(forged.to_wire(), addr)
        answer = self.answer(query, "udp")
        if self.is_cut:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        self.transport.sendto(answer.to_wire(), addr)

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2), "big")
        query = dns.message.from_wire(await reader.readexactly(size))
        for answer in self.messages(query):
            wire = answer.to_wire()
            writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()

    def messages(self, query: dns.message.Message) -> list[dns.message.Message]:
        """The answer over TCP; a whole zone takes a message for each entry of `transfer`."""
        if query.question[0].rdtype != dns.rdatatype.AXFR or not self.transfer:
            return [self.answer(query, "tcp")]
        found = []
        for texts in self.transfer:
            message = dns.message.make_response(query)
            for text in texts:
                name, ttl, rdclass, rdtype, rdata = text.split(" ", 4)
                message.answer.append(dns.rrset.from_text(name, int(ttl), rdclass, rdtype, rdata))
            found.append(message)
        return found

    def answer(self, query: dns.message.Message, transport: str) -> dns.message.Message:
        question = query.question[0]
        name, rrtype = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, rrtype, transport))
        self.flags_seen.append(int(query.flags))
        answer = dns.message.make_response(query)
        answer.flags |= self.flags
        if self.rcode:
            answer.set_rcode(dns.rcode.from_text(self.rcode))
            return answer
        while (alias := self.zone.get((name, "CNAME"))) and rrtype != "CNAME":
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", *alias))
            name = alias[0].lower()
        if values := self.zone.get((name, rrtype)):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", rrtype, *values))
        elif not any(owner == name for owner, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextlib.asynccontextmanager
async def dns_server(server: DnsServer) -> AsyncIterator[int]:
    """`server` on loopback; gives its port."""
    async with tcp_server(server.stream) as port:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: server, local_addr=("127.0.0.1", port)
        )
        try:
            yield port
        finally:
            transport.close()
