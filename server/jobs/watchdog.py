"""Ends this process where its loop stands still: a collector's code is stuck in it, and nothing else can go on.

The clock is a thread of the interpreter's own, which needs no lock that stuck code could hold. What is in hand is
then taken up elsewhere, as after any death of a process.
"""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def watched(stall_s: float) -> AsyncIterator[None]:
    """Within this, a loop that stands still for `stall_s` ends the process with exit code 1; 0 never does.

    Where each thread was (files and lines, no values) is written to standard error before.
    """
    if not stall_s:
        yield
        return
    beating = asyncio.create_task(_beat(stall_s))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        faulthandler.cancel_dump_traceback_later()


async def _beat(stall_s: float) -> None:
    while True:
        faulthandler.dump_traceback_later(stall_s, exit=True)
        await asyncio.sleep(min(1.0, stall_s / 4))
