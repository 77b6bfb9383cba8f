"""Zone transfers (AXFR, RFC 5936): a whole zone over one TCP connection, in as many messages as it takes."""

from __future__ import annotations

import asyncio
import contextlib

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from collectors._kit.dialing import Endpoint, connect_stream
from graph.errors import LimitExceeded, SourceUnavailable

_MOST_RECORDS = 50_000
_MOST_BYTES = 20_000_000


async def transfer(query: dns.message.Message, endpoint: Endpoint) -> list[dns.rrset.RRset] | None:
    """The zone's records, its SOA record at both ends; None where the server refuses.

    A server that closes the connection in place of an answer refuses, too. Raises SourceUnavailable
    for a transfer that breaks off, LimitExceeded for a zone that is too large.
    """
    try:
        reader, writer = await connect_stream(endpoint)
    except OSError as error:
        raise SourceUnavailable(f"{endpoint} takes no connection: {error}") from error
    try:
        wire = query.to_wire()
        writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()
        return await _read_zone(query, reader)
    except dns.exception.DNSException as error:
        raise SourceUnavailable(f"{endpoint} sent what cannot be read: {error!r}") from error
    except (OSError, EOFError) as error:
        raise SourceUnavailable(f"{endpoint} broke the transfer off: {error!r}") from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _read_zone(
    query: dns.message.Message, reader: asyncio.StreamReader
) -> list[dns.rrset.RRset] | None:
    found: list[dns.rrset.RRset] = []
    size, records, ends = 0, 0, 0
    while ends < 2:
        try:
            wire = await _read_message(reader)
        except (EOFError, ConnectionResetError):
            if not found:
                return None
            raise
        message = dns.message.from_wire(wire, one_rr_per_rrset=True)
        if message.id != query.id or message.rcode() != dns.rcode.NOERROR or not message.answer:
            return None
        found += message.answer
        size, records = size + len(wire), records + len(message.answer)
        ends += sum(rrset.rdtype == dns.rdatatype.SOA for rrset in message.answer)
        if size > _MOST_BYTES or records > _MOST_RECORDS:
            raise LimitExceeded(f"the zone has more than {_MOST_RECORDS:,} records")
    return found


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await reader.readexactly(2), "big")
    return await reader.readexactly(size)
