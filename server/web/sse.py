"""Subscriptions as server-sent events: the distinct-connections mode of GraphQL over SSE.

Each payload is an event `next`, the end is an event `complete`, and comments keep the connection open. The payload
carries the cursor to come back with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph.errors import MirageError
from server.graphql.context import Context
from server.graphql.events.follower import (
    Budget,
    Follower,
    Interrupted,
    Restarting,
    SlowReader,
    Told,
)
from server.graphql.execution import Asked
from server.web import metrics
from server.web.services import Services

PULSE_S = 12.0

Check = Callable[[], Awaitable[object]]


async def event_stream(
    services: Services, asked: Asked, context: Context, check: Check
) -> Response:
    """Follow `asked`; `check` raises once the caller may no longer. Raises TooManyOpen, and as `Hub.follow`."""
    budget = Budget()
    async with AsyncExitStack() as opening:
        opening.enter_context(services.subscriptions.taken(context.principal.user))
        follower = await opening.enter_async_context(services.hub.follow(asked, context, budget))
        return _Stream(_events(follower, budget, check), opening.pop_all())


def single_event(body: bytes) -> bytes:
    """The whole stream of an operation that answers once."""
    return b"event: next\ndata: " + body + b"\n\nevent: complete\ndata:\n\n"


class _Stream(StreamingResponse):
    """A response that lets go of what it holds, also where its client has gone before the first event was asked for."""

    def __init__(self, events: AsyncGenerator[bytes, None], held: AsyncExitStack) -> None:
        super().__init__(
            events,
            media_type="text/event-stream; charset=utf-8",
            headers={"X-Accel-Buffering": "no"},
        )
        self._events = events
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # What was cut off while it was sent would end only when garbage is collected.
        async with self._held, aclosing(self._events):
            await super().__call__(scope, receive, send)


async def _events(follower: Follower, budget: Budget, check: Check) -> AsyncGenerator[bytes, None]:
    metrics.FOLLOWERS.inc()
    if (sending := asyncio.current_task()) is not None:
        # It may be stuck in sending to a slow reader.
        budget.on_overrun = lambda: _cancel(sending)
    answers = follower.answers()
    coming: asyncio.Future[Told] | None = None
    try:
        yield b": following\n\n"
        while True:
            coming = coming or asyncio.ensure_future(anext(answers))
            done, _ = await asyncio.wait({coming}, timeout=PULSE_S)
            await check()
            if not done:
                yield b": still here\n\n"
                continue
            told, coming = coming.result(), None
            metrics.DELIVERIES.inc()
            yield b"event: next\ndata: " + told.payload + b"\n\n"
    except StopAsyncIteration:
        yield b"event: complete\ndata:\n\n"
    except (SlowReader, Interrupted, Restarting, MirageError):
        # Without `complete` the end of the connection tells the client to come again with its cursor.
        return
    finally:
        metrics.FOLLOWERS.dec()
        if coming is not None:
            coming.cancel()


def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()
