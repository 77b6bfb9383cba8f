"""The HTTP server under the application: uvicorn, with the limits it does not have by itself.

uvicorn waits for ever for the rest of a request's head, takes heads of any size, and keeps a connection whose peer
acknowledges but does not read. Here each of these ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.web.services import Services
from server.web.socket import MOST_FRAME

HEAD_WITHIN_S = 10.0
MOST_HEAD_BYTES = 32_768
MOST_HEADERS = 100
KEEP_ALIVE_S = 30
DRAIN_S = 20
UNREAD_MS = 20_000
MOST_CONNECTIONS = 4_000
BACKLOG = 2_048
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class PatientOnce(HttpToolsProtocol):
    """HTTP/1.1 that waits a while, and takes so many bytes, for the head of a request."""

    _waiting: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _unfinished_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes in, as long as a head is not too large."""
        super().data_received(data)
        if self._waiting is not None:
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > MOST_HEAD_BYTES:
                self._refuse_head()

    def on_message_begin(self) -> None:
        """A further request on the same connection has begun."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """A part of the address is there."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is there."""
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole. It may have come in one piece, so its size is looked at here, too."""
        if self._head_bytes > MOST_HEAD_BYTES or len(self.headers) > MOST_HEADERS:
            self._refuse_head()
            raise ValueError("the request's head is too large")
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head_bytes = self._unfinished_bytes = 0
        self._waiting = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse_head(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Tell that it is no HTTP, unless the connection has been told what is wrong."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _give_up(self) -> None:
        self._waiting = None
        self.transport.abort()


class ApiServer(uvicorn.Server):
    """A server that ends in order: streams are told to come again, requests under way are finished."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._served = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, end the streams, wait for the rest."""
        services: Services = self._served.state.services
        services.hub.stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and stay alive until everything is put away: uvicorn would raise it again."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def make_server(app: Starlette, **options: Any) -> ApiServer:
    """A server for the application; `options` are uvicorn's."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom to believe is a setting of ours; uvicorn would believe loopback
        http=PatientOnce,
        ws="websockets-sansio",
        ws_max_size=MOST_FRAME,
        ws_per_message_deflate=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        **options,
    )
    return ApiServer(config, app)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections end when their peer reads nothing for a while."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening
