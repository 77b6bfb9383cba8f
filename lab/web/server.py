"""Speaks HTTP/1.1 on a connection, with h11; which handler answers follows from the Host header."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

import h11

from lab.connection import IDLE_S
from lab.web.message import Handler, Request, Response, reason_of, text_response

log = logging.getLogger(__name__)

READ_BYTES = 65536


@dataclass(frozen=True)
class WebServer:
    """Answers one port: `handlers` by host name, the first one for every other name."""

    handlers: Mapping[str, Handler]
    is_tls: bool

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends or is idle."""
        connection = h11.Connection(h11.SERVER)
        try:
            while await self._answer_next(connection, reader, writer):
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            log.debug("not HTTP: %s", error)

    async def _answer_next(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one request; false when the connection is over."""
        head: h11.Request | None = None
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                async with asyncio.timeout(IDLE_S):
                    connection.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed):
                return False
        assert head is not None, "h11 gives a request before its end"  # noqa: S101
        response = self._response(head)
        for part in _events(response, head.method):
            writer.write(connection.send(part) or b"")
        await writer.drain()
        return connection.our_state is h11.DONE and connection.their_state is h11.DONE

    def _response(self, head: h11.Request) -> Response:
        request = _read(head, self.is_tls)
        handler = self.handlers.get(request.host) or next(iter(self.handlers.values()))
        try:
            return handler(request)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            return text_response("The lab failed here; its log says how.\n", 500)


def _read(head: h11.Request, is_tls: bool) -> Request:
    headers = {name: value.decode("latin-1") for name, value in head.headers}
    target = head.target.decode("ascii", "replace")
    if "://" in target:  # the absolute form is what a proxy would be sent
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    path, _, query = target.partition("?")
    host = headers.get(b"host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return Request(head.method.decode(), name, path, query, is_tls)


def _events(response: Response, method: bytes) -> list[h11.Event]:
    headers = [
        ("date", formatdate(usegmt=True)),
        *response.headers,
        ("content-length", str(len(response.body))),
    ]
    reason = reason_of(response.status)
    head = h11.Response(status_code=response.status, headers=headers, reason=reason.encode())
    body = [] if method == b"HEAD" else [h11.Data(data=response.body)]
    return [head, *body, h11.EndOfMessage()]
