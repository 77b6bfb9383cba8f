"""Looking at watches in tests: at once, by processes of their own beside the one that serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.applications import Starlette

from server.graphql.events import stream
from server.graphql.watches.watcher import Watcher
from server.jobs.queue import Queue
from server.web.watching import make_watcher


async def look(app: Starlette, queue: Queue, org: str, processes: int = 1) -> Sequence[Watcher]:
    """Have processes that have just been started look at all that happened, until an organization has no more."""
    watchers = [make_watcher(app.state.services) for _ in range(processes)]
    place = await stream.latest(queue)
    for each in watchers:
        each.hear(None, place)
    for _ in range(100):
        await asyncio.gather(*(each.round() for each in watchers))
        await asyncio.gather(*(each.settle() for each in watchers))
        if not any(each.is_behind(org) for each in watchers):
            return watchers
        await asyncio.sleep(0.1)
    raise AssertionError("watches are not looked at")
