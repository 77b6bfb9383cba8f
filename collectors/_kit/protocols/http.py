"""One HTTP request over a connection of its own to an address that policy has let through.

No redirects, no cookies, no pool: each request is judged by itself, and what is connected to is the
address that was checked. Bodies are unpacked here, so that what comes out is bounded as well as
what goes in.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore

from collectors._kit.base import HttpRequest, HttpResponse
from collectors._kit.dialing import Dialer, connect_stream
from collectors._kit.policy import Place
from collectors._kit.protocols.tls import accepting_context, chain_of
from collectors._kit.verdicts import judged
from graph.errors import SourceRejected, SourceUnavailable

_CONNECT_S = 6.0
_MOST_ADDRESSES = 3
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_HEAD_BYTES = 2  # that tell how a packed body is packed


def verifying_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """A context that verifies against the system's authorities, or against `ca_file` alone."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class HttpChannel:
    """Sends requests and reads answers."""

    dialer: Dialer
    user_agent: str
    verifying: ssl.SSLContext
    accepting: ssl.SSLContext = field(default_factory=lambda: accepting_context(["http/1.1"]))

    async def ask(self, request: HttpRequest, addresses: Sequence[str]) -> HttpResponse:
        """Carry out `request` at the first of `addresses` that lets us connect.

        Raises SourceUnavailable and SourceRejected, also for statuses that are no answers.
        """
        if not addresses:
            return _nobody(request, "no_address", "the name has no address")
        backend = _Backend(self.dialer, addresses[:_MOST_ADDRESSES])
        try:
            response = await self._send(request, backend)
        except ConnectionRefusedError:
            return _nobody(request, "refused", "the connection was refused")
        except ssl.SSLCertVerificationError as error:
            raise SourceRejected(f"{request.url}: {error.verify_message}") from error
        except ssl.SSLError as error:
            return _nobody(request, "tls", f"no TLS handshake: {error.reason or error}")
        except (httpcore.RemoteProtocolError, ConnectionResetError) as error:
            return _nobody(request, "not_http", f"no HTTP answer: {error}")
        except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise SourceUnavailable(f"{request.url}: {str(error) or 'timed out'}") from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise SourceRejected(f"{request.url} cannot be asked: {error}") from error
        return judged(response)

    async def _send(self, request: HttpRequest, backend: _Backend) -> HttpResponse:
        place = Place.of(request.url)
        origin = httpcore.Origin(place.scheme.encode(), place.host.encode(), place.port)
        context = self.verifying if request.verify_tls else self.accepting
        async with (
            httpcore.AsyncHTTPConnection(
                origin, ssl_context=context, network_backend=backend
            ) as connection,
            connection.stream(
                request.method,
                httpcore.URL(
                    scheme=origin.scheme,
                    host=origin.host,
                    port=place.port,
                    target=_target(request.url),
                ),
                headers=self._headers(request, place),
                content=request.body or None,
            ) as answer,
        ):
            headers = tuple(
                (name.decode("ascii", "replace").lower(), value.decode("utf-8", "replace"))
                for name, value in answer.headers
            )
            packing = next((v for k, v in headers if k == "content-encoding"), "")
            body, is_truncated = await read_bounded(
                answer.aiter_stream(), packing.strip().lower(), request.max_bytes
            )
            return HttpResponse(
                request,
                answer.status,
                headers,
                body,
                backend.connected_to,
                is_truncated,
                certificates=backend.certificates,
            )

    def _headers(self, request: HttpRequest, place: Place) -> list[tuple[str, str]]:
        bare = f"[{place.host}]" if ":" in place.host else place.host
        is_default = place.port == {"http": 80, "https": 443}[place.scheme]
        given = {name.lower() for name, _ in request.headers}
        ours = {
            "host": bare if is_default else f"{bare}:{place.port}",
            "user-agent": self.user_agent,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            ours["content-length"] = str(len(request.body))
        return [*((k, v) for k, v in ours.items() if k not in given), *request.headers]


async def read_bounded(
    pieces: AsyncIterator[bytes], packing: str, max_bytes: int
) -> tuple[bytes, bool]:
    """The body, unpacked, up to `max_bytes`, and whether there was more.

    A packing that was not asked for leaves the bytes as they are.
    """
    unpack = _Unpacker() if packing in _PACKED else None
    body = bytearray()
    async for piece in pieces:
        room = max_bytes - len(body) + 1  # one byte more tells whether it is cut
        body += unpack(piece, room) if unpack else piece[:room]
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


class _Unpacker:
    """Unpacks gzip and deflate piece by piece, never giving more than it is asked for."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._head = b""  # of a member, too short to tell its form

    def __call__(self, piece: bytes, room: int) -> bytes:
        found = bytearray()
        piece, self._head = self._head + piece, b""
        while piece and len(found) < room:
            if self._stream is None:
                if len(piece) < _HEAD_BYTES:
                    self._head = piece
                    break
                self._stream = zlib.decompressobj(_window_bits(piece))
            try:
                found += self._stream.decompress(piece, room - len(found))
            except zlib.error as error:
                raise SourceRejected(f"the body is not packed as it says: {error}") from error
            if not self._stream.eof:
                break
            piece, self._stream = self._stream.unused_data, None
        return bytes(found)


def _window_bits(head: bytes) -> int:
    """Gzip and zlib tell themselves apart; `deflate` without the zlib header is met as well."""
    is_wrapped = head[:2] == b"\x1f\x8b" or (
        head[0] & 15 == 8 and int.from_bytes(head[:_HEAD_BYTES], "big") % 31 == 0
    )
    return zlib.MAX_WBITS | 32 if is_wrapped else -zlib.MAX_WBITS


def _target(url: str) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Where a source sends us on may be written in any characters.
    return quote(target, safe="".join(map(chr, range(33, 127)))).encode("ascii")


def _nobody(request: HttpRequest, closed: str, reason: str) -> HttpResponse:
    if not request.accept_closed:
        raise SourceUnavailable(f"{request.url}: {reason}")
    return HttpResponse(request, 0, (), b"", closed=closed)


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever host it is told."""

    def __init__(self, dialer: Dialer, addresses: Sequence[str]) -> None:
        self._dialer = dialer
        self._addresses = addresses
        self.connected_to = ""
        self.stream: _Stream | None = None

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """What the other side showed in the TLS handshake; nothing without one."""
        connection = self.stream.get_extra_info("ssl_object") if self.stream else None
        return chain_of(connection) if connection else ()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002  (already resolved and checked)
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  (the interface is httpcore's)
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that takes one; the last refusal where none does."""
        last: OSError = ConnectionRefusedError("no address to connect to")
        for address in self._addresses:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    made = await connect_stream(self._dialer.route(address, port, "tcp"))
            except OSError as error:  # TimeoutError is one
                last = error if not isinstance(last, TimeoutError) else last
                continue
            self.connected_to = address
            self.stream = _Stream(*made)
            return self.stream
        raise last


class _Stream(httpcore.AsyncNetworkStream):
    """httpcore's idea of a connection over asyncio's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        if buffer:
            self._writer.write(buffer)
            await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._writer.get_extra_info(info)
