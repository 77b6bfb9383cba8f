"""What several fields of one operation need alike is read once: when the first of them asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")

KEPT_S = 2.0  # a subscription's context lives on; what it read must not


@dataclass
class Once:
    """What an operation has read, by name, for as long as answering it takes."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, asyncio.Task[Any]]] = field(default_factory=dict)

    async def __call__(self, name: str, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `read` gives, or gave a moment ago under this name; its error is that of all who asked."""
        at, task = self._kept.get(name, (0.0, None))
        if task is None or self.clock() - at > KEPT_S:
            task = asyncio.ensure_future(read())
            self._kept[name] = self.clock(), task
        return cast(T, await task)

    def forget(self, name: str) -> None:
        """Read it anew for whoever asks next: it was changed."""
        self._kept.pop(name, None)
