"""The HTTP server under the application: uvicorn on httptools and uvloop, with limits, and with an end in order."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.web.protocols import PatientOnce, PatientSocket
from server.web.services import Services
from server.web.socket import MOST_FRAME

KEEP_ALIVE_S = 30
DRAIN_S = 20  # with the time for lingering, less than the 30 seconds in which a process ends
UNREAD_MS = 20_000
BACKLOG = 2_048
OTHER_FILES = 300  # of databases, libraries and logs


@dataclass(frozen=True)
class Engine:
    """What parses HTTP and what runs the event loop, by the names of their packages."""

    http: str
    loop: str


FAST = Engine("httptools", "uvloop")


class ApiServer(uvicorn.Server):
    """A server that ends in order: streams are told to come again, requests under way are finished.

    For `linger_s` after it was asked to end it says so at `/readyz` and still answers, so that a balancer turns to
    others before connections are refused. `on_start` is called when it listens, `on_end` when it was asked to end.
    """

    linger_s: float = 0.0
    on_start: Callable[[], None] = staticmethod(lambda: None)
    on_end: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._served = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open what the application needs, and listen."""
        await super().startup(sockets)
        services: Services = self._served.state.services
        self._served.state.is_ending = False
        services.hub.go_on()
        self.on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, end the streams, wait for the rest."""
        services: Services = self._served.state.services
        self._served.state.is_ending = True
        self.on_end()
        services.hub.stop()
        await asyncio.sleep(self.linger_s)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and stay alive until everything is put away: uvicorn would raise it again."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def make_server(app: Starlette, connections: int, **options: Any) -> ApiServer:
    """A server for the application that takes so many connections at most; `options` are uvicorn's."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom to believe is a setting of ours; uvicorn would believe loopback
        http=PatientOnce,
        ws=PatientSocket,
        ws_max_size=MOST_FRAME,
        ws_per_message_deflate=False,
        limit_concurrency=connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        **options,
    )
    return ApiServer(config, app)


def engine_of(server: ApiServer) -> Engine:
    """What the server works with on the running loop: uvicorn takes something slower in silence where it must."""
    if not server.config.loaded:
        server.config.load()
    protocol = server.config.http_protocol_class
    parses_fast = issubclass(protocol, HttpToolsProtocol)
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    return Engine(FAST.http if parses_fast else protocol.__module__, loop)


def possible_connections(wanted: int) -> int:
    """How many of the wanted connections there are files for, once the process may open as many as it is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):  # some systems have a further limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - OTHER_FILES))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections end when their peer reads nothing for a while."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Told that it is TCP, asyncio sends small frames at once; else they wait 40 ms for the acknowledgement of others.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening
