"""The courier: will tell people and other systems. It lives, is announced, and takes jobs from its queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.jobs.events import Publisher
from server.jobs.queue import COURIER_QUEUE
from server.jobs.worker import Handler, Role, Tools, run_role
from server.settings import CourierSettings


@asynccontextmanager
async def _prepare(tools: Tools) -> AsyncIterator[dict[str, Handler]]:
    publisher = Publisher(tools.store, tools.queue)

    async def relay(_: str) -> None:
        await publisher.relay()

    yield {"relay": relay}


ROLE = Role("courier", COURIER_QUEUE, _prepare)


def main() -> None:
    """Run the role until SIGTERM."""
    asyncio.run(run_role(CourierSettings(), ROLE))
