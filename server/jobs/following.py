"""Has one job of a process at a time follow what an organization set of its rules, so that others stay free for writes.

What a process leaves undone by ending is due still, and the hourly pass of the next one sees to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Following:
    """Calls `follow` with an organization, once more for whoever came meanwhile."""

    follow: Callable[[str], Awaitable[None]]
    _asked_again: dict[str, bool] = field(default_factory=dict)

    async def __call__(self, org: str) -> None:
        """Follow, or have the job that is at it look once more, and wait for nothing."""
        if org in self._asked_again:
            self._asked_again[org] = True
            return
        self._asked_again[org] = True
        try:
            while self._asked_again[org]:
                self._asked_again[org] = False
                await self.follow(org)
        finally:
            del self._asked_again[org]
