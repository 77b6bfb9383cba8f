"""What was answered in a run, so that a question several collectors have is sent once.

http.probe, http.headers, http.tech, http.trackers and http.extract all look at the same page: each
plans the same GET, and the first one sends it. The memory is of this process and of one run.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from collectors._kit.base import FileResponse, HttpResponse, Response
from graph.facts import Evidence


@dataclass(frozen=True)
class Exchange:
    """A response, and the evidence of it where it is kept."""

    response: Response
    evidence: Evidence | None


@dataclass
class PageCache:
    """Answers by run and question, the least used ones forgotten first.

    Who asks while the same question is on its way waits for that answer; a failure is not
    remembered, so the next one asks again.
    """

    max_bytes: int = 256_000_000
    _kept: OrderedDict[tuple[str, str], Exchange] = field(default_factory=OrderedDict)
    _under_way: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)
    _bytes: int = 0

    async def get(
        self, run: str, question: str, ask: Callable[[], Awaitable[Exchange]]
    ) -> Exchange:
        """The answer to `question` in `run`; by `ask` where it is not known or there is no run."""
        if not run:
            return await ask()
        key = (run, question)
        lock = self._under_way.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._kept.get(key)
                if found is None:
                    found = await ask()
                    self._keep(key, found)
                else:
                    self._kept.move_to_end(key)
                return found
        finally:
            if not lock.locked():
                self._under_way.pop(key, None)

    def forget(self, run: str) -> None:
        """Drop what was answered in `run`."""
        for key in [key for key in self._kept if key[0] == run]:
            self._bytes -= _size(self._kept.pop(key))

    def _keep(self, key: tuple[str, str], exchange: Exchange) -> None:
        self._kept[key] = exchange
        self._bytes += _size(exchange)
        while self._bytes > self.max_bytes and self._kept:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(exchange: Exchange) -> int:
    response = exchange.response
    body = len(response.body) if isinstance(response, HttpResponse | FileResponse) else 0
    return body + 2_000  # the objects around it
