"""How much each user holds open at this process: sockets, and subscriptions over all of them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from graph.errors import MirageError


class TooManyOpen(MirageError):
    """One user holds as many sockets or subscriptions open as one user may; closing some helps."""

    code = "TOO_MANY_OPEN"


class Seats:
    """So many of a thing for each user. One per process and thing; what a process holds open ends with it."""

    def __init__(self, things: str, most: int) -> None:
        self._things = things
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextlib.contextmanager
    def taken(self, user: str) -> Iterator[None]:
        """Have one more for as long as this lasts. Raises TooManyOpen."""
        if self._taken[user] >= self._most:
            raise TooManyOpen(f"one user may have {self._most} {self._things} open; close some")
        self._taken[user] += 1
        try:
            yield
        finally:
            self._taken[user] -= 1
            if not self._taken[user]:
                del self._taken[user]
