"""Until when an answer is of use, carried along by the tasks that work for it.

Whoever waits for an answer says for how long once; `graph.store` asks here before each statement, so that none runs
longer in the database than somebody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from graph.errors import LimitExceeded

_end: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def due_in(seconds: float) -> Iterator[None]:
    """Within it, what this task and those it starts ask for is of use for so long, or for less where that was said."""
    end, before = time.monotonic() + seconds, _end.get()
    token = _end.set(end if before is None else min(before, end))
    try:
        yield
    finally:
        _end.reset(token)


def time_left(most_s: float) -> float:
    """The seconds that a statement may take, at most `most_s`. Raises LimitExceeded where the time is over."""
    end = _end.get()
    left = most_s if end is None else min(most_s, end - time.monotonic())
    if left <= 0:
        raise LimitExceeded("the time for the answer is over; ask for less at once, or wait longer")
    return left
