"""How long whoever asks waits for the answer: as long as they say, and no longer than they are there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

LEAST_WAIT_S = 1
_WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:;.*)?\Z", re.IGNORECASE)

T = TypeVar("T")


def wait_of(preferences: Sequence[str]) -> float | None:
    """The seconds of `Prefer: wait=…` (RFC 7240), at least one; None where no such preference is told."""
    for each in ",".join(preferences).split(","):
        if found := _WAIT.match(each):
            return float(max(LEAST_WAIT_S, int(found[1])))
    return None


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; it is given up once its client has gone. Raises ClientDisconnect.

    The whole body has to have been read.
    """
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        watching.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
