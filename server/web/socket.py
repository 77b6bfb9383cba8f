"""`/graphql` over a WebSocket: the protocol graphql-transport-ws, with a close code for whatever breaks it.

Any frame is answered: what is not a message of the protocol closes the connection with 4400. Nothing a client sends, or
does not read, costs more than its own bounded buffer.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from graph import tracing
from graph.errors import MirageError
from server.auth.policy import Principal
from server.auth.refusals import NotAuthenticated
from server.graphql.context import Context
from server.graphql.document import InvalidDocument
from server.graphql.events.follower import Budget, Interrupted, Restarting, SlowReader
from server.graphql.execution import Question, refused
from server.jobs.log import get_logger
from server.web import metrics
from server.web.credentials import admit_again, admit_socket
from server.web.door import client_address
from server.web.pacing import Pace
from server.web.problems import Problem
from server.web.question import question_of
from server.web.seats import TooManyOpen
from server.web.services import Services

log = get_logger(__name__)

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN_S = 5.0
CHECK_EVERY_S = 30.0
CLOSE_WITHIN_S = 2.0
IDLE_S = 600.0
MOST_FRAME = 1_000_000
MOST_OPERATIONS = 50
LONGEST_ID = 200
MOST_REASON_BYTES = 120  # 123 fit into the frame

BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
NO_PROTOCOL = 4406
TIMEOUT = 4408
ID_IN_USE = 4409
TOO_MANY = 4429
RESTARTING = 1012
TRY_AGAIN = 1013


class Close(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")


def _too_slow() -> Close:
    """The end of a connection that reads too slowly."""
    return Close(TRY_AGAIN, "Reading too slowly; subscribe again with after")


async def graphql_socket(websocket: WebSocket) -> None:
    """Serve one connection."""
    if PROTOCOL not in websocket.scope.get("subprotocols", []):
        await websocket.accept()
        await websocket.close(NO_PROTOCOL, f"the subprotocol {PROTOCOL} is spoken here")
        return
    await websocket.accept(PROTOCOL)
    metrics.SOCKETS.inc()
    try:
        await Connection(websocket, websocket.app.state.services).serve()
    finally:
        metrics.SOCKETS.dec()


class Connection:
    """One connection: its caller, its operations under way, and what waits to be sent."""

    def __init__(self, websocket: WebSocket, services: Services) -> None:
        self._websocket = websocket
        self._services = services
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._budget = Budget(on_overrun=lambda: self._end(_too_slow()))
        self._closing: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._context: Context | None = None
        self._key = ""
        self._seat = ExitStack()

    async def serve(self) -> None:
        """Greet, then answer messages until either side closes."""
        tasks = [asyncio.ensure_future(self._talk()), asyncio.ensure_future(self._watch())]
        try:
            waiting: list[asyncio.Future[Any]] = [*tasks, self._closing]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            close = self._closing.result() if self._closing.done() else _fault_of(tasks)
            if close is not None:
                await self._close(close)
        finally:
            for task in (*tasks, *self._operations.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self._operations.values(), return_exceptions=True)
            self._seat.close()

    async def _close(self, close: Close) -> None:
        metrics.CLOSES.labels(close.code).inc()
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._websocket.close(close.code, close.reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            log.info("a WebSocket went away while it was closed", code=close.code)

    def _end(self, close: Close) -> None:
        if not self._closing.done():
            self._closing.set_result(close)

    async def _talk(self) -> None:
        try:
            async with asyncio.timeout(INIT_WITHIN_S):
                await self._greet(await self._receive())
        except TimeoutError as error:
            raise Close(TIMEOUT, "Connection initialisation timeout") from error
        while True:
            await self._answer(await self._further())

    async def _further(self) -> dict[str, Any]:
        """The next message. Whoever says nothing for long and follows nothing is not waited for."""
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    return await self._receive()
            except TimeoutError as error:
                if not self._operations:
                    raise Close(TIMEOUT, "Nothing was asked for a long time") from error

    async def _watch(self) -> None:
        """A key that is revoked, a session that ends, a permission that is lost: each ends what it opened."""
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            if self._context is None:
                continue
            gate, principal = self._services.gate, self._context.principal
            now = await _or_close(admit_again(gate, self._websocket, principal, self._key))
            self._context = self._services.context(now, uuid.uuid4().hex, self._address)

    async def _receive(self) -> dict[str, Any]:
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code") or 1005)
        text = frame.get("text")
        if text is None:
            raise Close(BAD_REQUEST, "Messages are text")
        if len(text) > MOST_FRAME:
            raise Close(BAD_REQUEST, f"A message may have at most {MOST_FRAME} characters")
        try:
            message = orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            raise Close(BAD_REQUEST, "Messages are JSON") from error
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Close(BAD_REQUEST, "A message is an object with a type")
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Close(BAD_REQUEST, "payload: an object or null is right")
        return message

    async def _greet(self, message: dict[str, Any]) -> None:
        while message["type"] in ("ping", "pong"):
            await self._play(message)
            message = await self._receive()
        if message["type"] == "subscribe":
            raise Close(UNAUTHORIZED, "Unauthorized")
        if message["type"] != "connection_init":
            raise Close(BAD_REQUEST, "connection_init comes first")
        self._context = await self._admit(message.get("payload") or {})
        try:
            self._seat.enter_context(self._services.sockets.taken(self._context.principal.user))
        except TooManyOpen as error:
            raise Close(TOO_MANY, str(error)) from error
        await self._send('{"type":"connection_ack"}')

    async def _admit(self, payload: Mapping[str, Any]) -> Context:
        """Who greets: by the credentials of the greeting, else by those of the request that opened the connection."""
        own = self._websocket.headers.get("authorization", "")
        self._key = _text_of(payload, "Authorization") or own
        csrf = _text_of(payload, "csrfToken")
        admission = admit_socket(self._services.gate, self._websocket, self._key, csrf)
        return self._services.context(await _or_close(admission), uuid.uuid4().hex, self._address)

    @property
    def _address(self) -> str:
        return client_address(self._websocket.scope)

    async def _answer(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "subscribe":
            self._subscribe(message)
        elif kind == "complete":
            if task := self._operations.pop(_id_of(message), None):
                task.cancel()
        elif kind in ("ping", "pong"):
            await self._play(message)
        elif kind == "connection_init":
            raise Close(TOO_MANY, "Too many initialisation requests")
        else:
            raise Close(BAD_REQUEST, "There is no such type of message")

    async def _play(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            payload = message.get("payload")
            reply = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
            try:
                text = orjson.dumps(reply).decode()
            except orjson.JSONEncodeError as error:  # it reads deeper than it writes
                raise Close(BAD_REQUEST, "payload: it lies too deep") from error
            await self._send(text)

    def _subscribe(self, message: dict[str, Any]) -> None:
        name = _id_of(message)
        if name in self._operations:
            raise Close(ID_IN_USE, f"Subscriber for {name} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            raise Close(BAD_REQUEST, f"At most {MOST_OPERATIONS} operations at a time")
        try:
            question = question_of(message.get("payload"))
        except Problem as problem:
            raise Close(BAD_REQUEST, problem.detail) from problem
        task = asyncio.create_task(self._guarded(name, question))
        self._operations[name] = task

    async def _guarded(self, name: str, question: Question) -> None:
        """Carry out an operation; whatever happens, the client is told, and the id is free again."""
        try:
            await self._carry_out(name, question)
        except Close as close:
            self._end(close)
        except (WebSocketDisconnect, RuntimeError) as error:
            self._end(Close(1011, "the connection is gone"))
            log.info("an operation ended with its connection", reason=type(error).__name__)
        except Exception:
            log.exception("an operation failed", id=name)
            self._end(Close(1011, "something went wrong here"))
        finally:
            if self._operations.get(name) is asyncio.current_task():
                del self._operations[name]

    async def _carry_out(self, name: str, question: Question) -> None:
        assert self._context is not None  # noqa: S101 - operations begin after the greeting
        who = self._context.principal
        context = self._services.context(who, uuid.uuid4().hex, self._address)
        pace = Pace(self._services.quotas, who, self._address)
        quoted = json.dumps(name)
        told: tracing.Attributes = {
            "mirage.endpoint": "socket",
            "mirage.correlation_id": context.correlation_id,
        }
        try:
            with tracing.begun("operation", told, kind="server"):
                await self._answer_to(question, context, pace, quoted)
        except (InvalidDocument, MirageError) as error:
            await self._refuse(quoted, refused(error, context.correlation_id).body)

    async def _answer_to(
        self, question: Question, context: Context, pace: Pace, quoted: str
    ) -> None:
        await pace.take()
        asked = await self._services.executor.ask(question, context)
        await pace.take(asked.points - 1)
        if asked.operation.kind == "subscription":
            with self._services.subscriptions.taken(context.principal.user):
                async with self._services.hub.follow(asked, context, self._budget) as follower:
                    tracing.over()
                    await self._pass_on(quoted, follower.answers())
        else:
            answered = await self._services.executor.answer(asked, context)
            if answered.way == "refused":
                await self._refuse(quoted, answered.body)
                return
            await self._send(_next(quoted, answered.body.decode()))
        await self._send(f'{{"id":{quoted},"type":"complete"}}')

    async def _pass_on(self, quoted: str, answers: Any) -> None:
        metrics.FOLLOWERS.inc()
        try:
            async for told in answers:
                await self._send(_next(quoted, told.text))
                metrics.DELIVERIES.inc()
        except SlowReader as error:
            raise _too_slow() from error
        except Interrupted as error:
            raise Close(TRY_AGAIN, "Events were lost; subscribe again with after") from error
        except Restarting as error:
            raise Close(RESTARTING, "Restarting; subscribe again with after") from error
        finally:
            metrics.FOLLOWERS.dec()

    async def _refuse(self, quoted: str, body: bytes) -> None:
        errors = orjson.dumps(orjson.loads(body)["errors"]).decode()
        await self._send(f'{{"id":{quoted},"type":"error","payload":{errors}}}')

    async def _send(self, text: str) -> None:
        await self._websocket.send_text(text)


def _next(quoted: str, payload: str) -> str:
    return f'{{"id":{quoted},"type":"next","payload":{payload}}}'


def _id_of(message: Mapping[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_ID:
        raise Close(BAD_REQUEST, f"id: a text of 1 to {LONGEST_ID} characters is right")
    return name


def _text_of(payload: Mapping[str, Any], name: str) -> str:
    """A text in the greeting, by its name with a capital or small letter first; empty without one."""
    for spelled in (name, name[0].lower() + name[1:]):
        found = payload.get(spelled)
        if found is not None:
            if not isinstance(found, str):
                raise Close(BAD_REQUEST, f"{name}: a text is right")
            return found
    return ""


async def _or_close(admission: Awaitable[Principal]) -> Principal:
    """Who asks; the connection of whoever may not is closed."""
    try:
        return await admission
    except MirageError as error:
        if isinstance(error, NotAuthenticated) or not error.is_retryable:
            raise Close(FORBIDDEN, "Forbidden") from error
        raise Close(TRY_AGAIN, str(error)) from error


def _fault_of(tasks: Sequence[asyncio.Future[None]]) -> Close | None:
    """How the conversation ended: with a close of ours, or (None) because the client has gone."""
    for task in tasks:
        error = task.exception() if task.done() and not task.cancelled() else None
        if isinstance(error, Close):
            return error
        if error is not None and not isinstance(error, WebSocketDisconnect):
            log.error("a WebSocket failed", exc_info=error)
            return Close(1011, "something went wrong here")
    return None
