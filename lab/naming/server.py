"""Carries DNS messages over UDP and TCP. What to answer is the backend's work."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from typing import Protocol, cast

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype

from lab.connection import IDLE_S

CLASSIC_UDP_BYTES = 512


class Backend(Protocol):
    """What answers: an `Authority` or a `Resolver`."""

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The response to `query`."""

    def transfer(self, query: dns.message.Message) -> Iterable[dns.message.Message]:
        """The responses to a request for a whole zone, or its refusal."""


class Datagrams(asyncio.DatagramProtocol):
    """The UDP side: one datagram in, one out, truncated to what the asker takes."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer by."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one query; what is not even a DNS header gets no answer."""
        query = read_query(data)
        if query is None or self.transport is None:
            return
        response = self.backend.answer(query) if query.question else malformed(query)
        room = max(query.payload, CLASSIC_UDP_BYTES) if query.edns >= 0 else CLASSIC_UDP_BYTES
        self.transport.sendto(response.to_wire(max_size=room, prefer_truncation=True), addr)


async def serve_stream(
    backend: Backend, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """The TCP side: any number of queries over one connection."""
    while True:
        async with asyncio.timeout(IDLE_S):
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            query = read_query(await reader.readexactly(size))
        if query is None:
            break
        for response in _responses(backend, query):
            wire = response.to_wire(max_size=65535)
            writer.write(struct.pack("!H", len(wire)) + wire)
        await writer.drain()


def read_query(data: bytes) -> dns.message.Message | None:
    """The query in `data`; without question if only its header can be read, else None."""
    try:
        query = dns.message.from_wire(data)
    except dns.exception.DNSException:
        return _header_only(data)
    return None if query.flags & dns.flags.QR else query


def malformed(query: dns.message.Message) -> dns.message.Message:
    """The answer to a query that cannot be read."""
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.FORMERR)
    return response


def _header_only(data: bytes) -> dns.message.Message | None:
    if len(data) < 12 or data[2] & 0x80:
        return None
    return dns.message.Message(id=struct.unpack("!H", data[:2])[0])


def _responses(backend: Backend, query: dns.message.Message) -> Iterable[dns.message.Message]:
    if not query.question:
        return [malformed(query)]
    if query.question[0].rdtype == dns.rdatatype.AXFR:
        return backend.transfer(query)
    return [backend.answer(query)]
