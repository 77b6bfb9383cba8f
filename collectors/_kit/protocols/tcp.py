"""One TCP connection: connect, say something, read what comes."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from collectors._kit.base import TcpRequest, TcpResponse
from collectors._kit.dialing import Dialer, connect_stream
from graph.errors import SourceUnavailable

_CONNECT_S = 4.0
_SILENCE_S = 0.6


@dataclass(frozen=True)
class TcpChannel:
    """Opens connections to addresses that policy has let through."""

    dialer: Dialer
    connect_s: float = _CONNECT_S

    async def ask(self, request: TcpRequest, address: str) -> TcpResponse:
        """Carry out `request` at `address`. Closed and filtered ports are answers."""
        try:
            endpoint = self.dialer.route(address, request.port, "tcp")
            async with asyncio.timeout(self.connect_s):
                reader, writer = await connect_stream(endpoint)
        except ConnectionRefusedError:
            return TcpResponse(request, is_open=False, address=address)
        except TimeoutError:
            return TcpResponse(request, is_open=False, is_filtered=True, address=address)
        except OSError as error:
            raise SourceUnavailable(f"{address} port {request.port}: {error}") from error
        try:
            data = await _talk(request, reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return TcpResponse(request, is_open=True, data=data, address=address)


async def _talk(
    request: TcpRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    """Send and read. Whoever resets the connection has said all it wanted to say."""
    if request.to_end:
        return await _talk_to_end(request, reader, writer)
    data = bytearray()
    with contextlib.suppress(OSError, TimeoutError):
        if request.send:
            writer.write(request.send)
            await writer.drain()
        wait_s = request.wait_s
        while wait_s and len(data) < request.max_bytes:
            async with asyncio.timeout(wait_s):
                piece = await reader.read(request.max_bytes - len(data))
            if not piece:
                break
            data += piece
            wait_s = min(wait_s, _SILENCE_S)
    return bytes(data)


async def _talk_to_end(
    request: TcpRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    """Send and read until the other side closes. Raises SourceUnavailable where it does not."""
    data = bytearray()
    try:
        writer.write(request.send)
        await writer.drain()
        while len(data) < request.max_bytes:
            async with asyncio.timeout(request.wait_s):
                piece = await reader.read(request.max_bytes - len(data))
            if not piece:
                break
            data += piece
    except OSError as error:  # TimeoutError is one
        where = f"{request.host} port {request.port}"
        raise SourceUnavailable(
            f"{where} broke off after {len(data)} bytes: {str(error) or 'silence'}"
        ) from error
    return bytes(data)
