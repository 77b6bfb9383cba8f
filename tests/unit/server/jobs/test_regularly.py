"""What a worker does by the clock goes on, whatever was away the last time."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import OutOfMemoryError

from graph.errors import StoreUnavailable
from server.jobs.worker import _regularly


@pytest.mark.parametrize(
    "fault", [RedisAway("gone"), OutOfMemoryError("full"), OSError("refused"), StoreUnavailable("")]
)
async def test_a_task_that_met_what_was_away_runs_again(fault: Exception) -> None:
    runs: asyncio.Queue[int] = asyncio.Queue()

    async def handler(_: str) -> None:
        runs.put_nowait(1)
        raise fault

    task = asyncio.create_task(_regularly("sweep", handler, 0))
    async with asyncio.timeout(5):
        for _ in range(3):
            await runs.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
