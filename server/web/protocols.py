"""HTTP and WebSockets on the wire: uvicorn's protocols, with the limits they do not have by themselves.

uvicorn waits for ever for the rest of a request's head, and with a handshake that its library cannot read; it takes
heads of any size, any number of connections and of fragments, and answers pings of a peer that does not read.
"""

from __future__ import annotations

import asyncio
import http
import uuid
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.protocol import State

from server.web import metrics
from server.web.headers import security_headers
from server.web.problems import Problem, problem_response

HEAD_WITHIN_S = 10.0
MOST_HEAD_BYTES = 32_768
MOST_HEADERS = 100
MOST_FRAGMENTS = 1_000
LINGER_S = 1.0


def written(problem: Problem) -> bytes:
    """A refusal as bytes of HTTP/1.1, for what never becomes a request; the connection ends with it."""
    metrics.REFUSALS.labels(problem.code).inc()
    correlation_id, headers = uuid.uuid4().hex, security_headers()
    response = problem_response(problem.code, problem.detail, correlation_id, headers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Connection"] = "close"
    status = http.HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])


class PatientOnce(HttpToolsProtocol):
    """HTTP/1.1 that waits a while, and takes so many bytes, for the head of a request."""

    _waiting: asyncio.TimerHandle | None = None
    _ending: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _unfinished_bytes = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # uvicorn looks at this number when a request comes, and answers without a word: sockets count but are let in.
        self._most_connections, self.limit_concurrency = self.limit_concurrency, None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, unless there are too many connections."""
        super().connection_made(transport)
        if self._most_connections and len(self.connections) > self._most_connections:
            self._refuse(Problem("TOO_MANY_CONNECTIONS", "no further connection is taken now"))
            return
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

    def on_response_complete(self) -> None:
        """The answer is out. Whoever has not sent all of the request by now has a while to do so.

        uvicorn would wait for that as long as for a further request, and without end once another byte of it came.
        """
        super().on_response_complete()
        is_unsent = self.cycle is not None and self.cycle.response_complete and self.cycle.more_body
        if is_unsent and self._ending is None and not self.transport.is_closing():
            self._ending = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def on_message_complete(self) -> None:
        """All of the request is there."""
        self._stop_ending()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to wait for."""
        self._stop_waiting()
        self._stop_ending()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head_bytes = self._unfinished_bytes = 0
        self._waiting = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _stop_ending(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _refuse_head(self) -> None:
        self._stop_waiting()
        limits = f"{MOST_HEAD_BYTES} bytes and {MOST_HEADERS} headers"
        self._refuse(Problem("HEAD_TOO_LARGE", f"the head of a request may have at most {limits}"))

    def _refuse(self, problem: Problem) -> None:
        if not self.transport.is_closing():
            self.transport.write(written(problem))
            self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are not ours
        """Tell that it is no HTTP, unless the connection has been told what is wrong."""
        self._refuse(Problem("INVALID_REQUEST", "this is not HTTP/1.1 as it is read here"))

    def _give_up(self) -> None:
        self._waiting = self._ending = None
        self.transport.abort()


class PatientSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose peer may send anything."""

    def data_received(self, data: bytes) -> None:
        """Take bytes in. The first are the whole head of the handshake: HTTP has read it, the library may refuse to."""
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            refusal = Problem("INVALID_REQUEST", "the WebSocket's handshake cannot be read")
            self.transport.write(written(refusal))
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        """A further fragment: empty ones do not count as bytes, but each is kept."""
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        else:
            self._fail(CloseCode.MESSAGE_TOO_BIG)

    def handle_ping(self) -> None:
        """Answer, unless the peer does not read: what it is sent would only pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on. A text that is none ends the connection, which uvicorn would log as a fault of ours."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA)
                return
        super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        """Send on. A refusal by HTTP ends the handshake, too, though uvicorn would log that nothing did."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def handle_parser_exception(self) -> None:
        """Say why it ends, and take in for a moment what is under way.

        Left unread, it would make the system reset the connection, and the peer would not see the reason.
        """
        if self.close_sent or self.conn.close_sent is None:
            return
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_S, self.transport.close)

    def _fail(self, code: CloseCode) -> None:
        """End the connection for what came, unless one side is closing it already."""
        self.frames = []
        if self.conn.state is State.OPEN:
            self.conn.send_close(code)
            self.handle_parser_exception()
