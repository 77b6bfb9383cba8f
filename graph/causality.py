"""What somebody has seen of the database, carried along by the tasks that work for them.

Only a cluster makes a difference: there a read may be answered by a server that is behind, unless it is told by a
bookmark what to wait for. `graph.store` asks here before each statement and tells of each write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Causality:
    """`marks` are the bookmarks that the next statement waits for; `has_written` tells whether there was a write."""

    marks: tuple[str, ...] = ()
    has_written: bool = False

    def note(self, made: Sequence[str], after: Sequence[str] = ()) -> None:
        """A write gave the bookmarks `made`, which stand for it and for `after`, which it had waited for."""
        self.has_written = True
        self.marks = tuple(dict.fromkeys([*(m for m in self.marks if m not in after), *made]))


_current: ContextVar[Causality | None] = ContextVar("causality", default=None)


@contextmanager
def causal(after: Sequence[str] = ()) -> Iterator[Causality]:
    """Within it, what this task and those it starts ask for comes after `after`, and after what they write."""
    seen = Causality(tuple(after))
    token = _current.set(seen)
    try:
        yield seen
    finally:
        _current.reset(token)


def note_written(made: Sequence[str], after: Sequence[str] = ()) -> None:
    """Tell of a write, also of one that another task carried out for this one."""
    if (seen := _current.get()) is not None:
        seen.note(made, after)


def waited_for(bookmarks: Sequence[str]) -> Sequence[str]:
    """`bookmarks`, and those that the current task has to wait for."""
    seen = _current.get()
    return bookmarks if seen is None else (*bookmarks, *seen.marks)
