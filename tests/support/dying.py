"""A process that dies between two writes, simulated: from some commit on, nothing it does reaches the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from graph.store import Store
from server.jobs.queue import Queue
from server.web.app import create_app
from tests.support.besides import is_besides
from tests.support.keys import keyring
from tests.support.stack import Neo4jAddress


@dataclass
class Process:
    """An API of its own, which dies right after its `dies_after`th commit (None: never).

    What it writes besides is not counted, since nobody knows before or after what it comes.
    """

    client: httpx.AsyncClient
    dies_after: int | None
    commits: int = 0
    died: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry_out(self, request: Callable[[], Awaitable[httpx.Response]]) -> bool:
        """Send a request; whether it was answered before the process died."""
        asking = asyncio.ensure_future(request())
        dying = asyncio.ensure_future(self.died.wait())
        await asyncio.wait({asking, dying}, return_when=asyncio.FIRST_COMPLETED)
        is_answered = asking.done()
        self.over.set()
        dying.cancel()
        if not is_answered:
            asking.cancel()
        await asyncio.gather(asking, dying, return_exceptions=True)
        return is_answered

    async def stand_still(self) -> None:
        """What a dead process does; once the test is over its tasks end."""
        await self.over.wait()
        raise asyncio.CancelledError


@asynccontextmanager
async def process(
    address: Neo4jAddress, queue: Queue, dies_after: int | None
) -> AsyncIterator[Process]:
    """A further API on the same database."""
    async with Store.open(address.uri, address.user, address.password) as store:
        app = create_app(store, queue, keyring())
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            made = Process(client, dies_after)
            before = asyncio.all_tasks()
            lifespan = app.router.lifespan_context(app)
            await lifespan.__aenter__()
            _let_die(store, made)
            yield made
            own = asyncio.all_tasks() - before - {asyncio.current_task()}
            for task in own:
                task.cancel()
            await asyncio.gather(*own, return_exceptions=True)


def _let_die(store: Store, made: Process) -> None:
    transact, read = store.transact, store._read

    async def dying_transact(*args: Any, **kwargs: Any) -> Any:
        if made.died.is_set():
            await made.stand_still()
        done = await transact(*args, **kwargs)
        made.commits += not is_besides()
        if made.commits == made.dies_after:
            made.died.set()
            await made.stand_still()
        return done

    async def dying_read(*args: Any, **kwargs: Any) -> Any:
        if made.died.is_set():
            await made.stand_still()
        return await read(*args, **kwargs)

    store.transact = dying_transact  # type: ignore[method-assign]
    store._read = dying_read  # type: ignore[method-assign]
