"""A WebSocket's protocol on a transport that takes nothing."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import uvicorn
from uvicorn.server import ServerState

from server.web.protocols import PatientSocket
from tests.support.wire import PING, PONG, frame, frames_in, handshake


class Transport:
    """Where bytes end."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def get_extra_info(self, _: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


async def accepts(_: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
    await receive()


async def test_pings_of_a_peer_that_does_not_read_pile_up_nothing() -> None:
    transport = Transport()
    config = uvicorn.Config(accepts, ws=PatientSocket, log_config=None, proxy_headers=False)
    protocol = PatientSocket(config, ServerState(), {})
    protocol.connection_made(cast(asyncio.Transport, transport))
    protocol.data_received(handshake("localhost"))
    await asyncio.sleep(0.01)
    transport.written = b""
    protocol.data_received(frame(PING, b"one"))
    protocol.pause_writing()
    protocol.data_received(frame(PING, b"two"))
    protocol.resume_writing()
    protocol.data_received(frame(PING, b"three"))
    assert frames_in(transport.written) == [(PONG, b"one"), (PONG, b"three")]
    protocol.connection_lost(None)
    await asyncio.sleep(0.01)
