"""One TLS handshake with whatever certificate and version the other side has.

It verifies nothing, on purpose: what a server presents is the fact, not whether to trust it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from dataclasses import dataclass
from typing import Any

from collectors._kit.base import TlsRequest, TlsResponse
from collectors._kit.dialing import Dialer, Endpoint
from graph.errors import SourceRejected, SourceUnavailable

_ALPN = ["h2", "http/1.1"]
_HANDSHAKE_S = 8.0
_ENCODING_DER = 2  # _ssl.ENCODING_DER
_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class TlsChannel:
    """Shakes hands with addresses that policy has let through."""

    dialer: Dialer

    async def ask(self, request: TlsRequest) -> TlsResponse:
        """Carry out `request`. A closed port and a refused handshake are answers."""
        if request.max_version and request.max_version not in _VERSIONS:
            raise SourceRejected(f"{request.max_version!r} is none of {', '.join(_VERSIONS)}")
        context = accepting_context(_ALPN, request.max_version)
        try:
            endpoint = self.dialer.route(request.address, request.port, "tcp")
            return await _shake(request, endpoint, context)
        except ConnectionRefusedError:
            return TlsResponse(request, refusal="closed")
        except (ssl.SSLError, ConnectionResetError, EOFError):
            return TlsResponse(request, refusal="no_handshake")
        except OSError as error:
            where = f"{request.address} port {request.port}"
            raise SourceUnavailable(f"{where}: no TLS handshake: {error}") from error


def accepting_context(alpn: list[str], max_version: str = "") -> ssl.SSLContext:
    """A client context that takes any certificate, key, cipher and version OpenSSL still knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Python warns of old versions; offering them is the point here.
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        if max_version:
            context.maximum_version = _VERSIONS[max_version]
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    context.set_alpn_protocols(alpn)
    return context


def chain_of(connection: Any) -> tuple[bytes, ...]:
    """The certificates the other side sent, leaf first, in DER.

    Python has the whole chain as a public method from 3.13 on; before, the object underneath has
    it. Where neither is there, the leaf is what can be told.
    """
    for holder in (connection, getattr(connection, "_sslobj", None)):
        read = getattr(holder, "get_unverified_chain", None)
        if read is not None:
            chain = read() or ()
            return tuple(
                c if isinstance(c, bytes) else c.public_bytes(_ENCODING_DER) for c in chain
            )
    leaf = connection.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


async def _shake(request: TlsRequest, endpoint: Endpoint, context: ssl.SSLContext) -> TlsResponse:
    _, writer = await asyncio.open_connection(
        endpoint.address,
        endpoint.port,
        ssl=context,
        # asyncio insists on a name where there is a context; an empty one sends none.
        server_hostname=request.server_name or "",
        ssl_handshake_timeout=_HANDSHAKE_S,
    )
    try:
        connection = writer.get_extra_info("ssl_object")
        cipher = connection.cipher()
        return TlsResponse(
            request,
            chain=chain_of(connection),
            protocol=connection.version() or "",
            cipher=cipher[0] if cipher else "",
            alpn=connection.selected_alpn_protocol() or "",
        )
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
