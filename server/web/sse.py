"""Subscriptions as server-sent events: the distinct-connections mode of GraphQL over SSE.

Each payload is an event `next`, the end is an event `complete`, and comments keep the connection open. The payload
carries the cursor to come back with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.responses import Response, StreamingResponse

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
    """Follow `asked`; `check` raises once the caller may no longer. Raises what `Hub.follow` raises."""
    stack, budget = AsyncExitStack(), Budget()
    follower = await stack.enter_async_context(services.hub.follow(asked, context, budget))
    return StreamingResponse(
        _events(stack, follower, budget, check),
        media_type="text/event-stream; charset=utf-8",
        headers={"X-Accel-Buffering": "no"},
    )


def single_event(body: bytes) -> bytes:
    """The whole stream of an operation that answers once."""
    return b"event: next\ndata: " + body + b"\n\nevent: complete\ndata:\n\n"


async def _events(
    stack: AsyncExitStack, follower: Follower, budget: Budget, check: Check
) -> AsyncIterator[bytes]:
    async with stack:
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
