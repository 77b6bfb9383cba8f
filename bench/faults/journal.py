"""What the system acknowledged, written down outside of it: one line of JSON an act, on disk before anything goes on.

A fault may take any process along, this one too; what is in the journal was answered, and has to be in the graph.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Entry:
    """An act that was acknowledged: what it was, the id under which it has to be found, when (seconds since 1970)."""

    act: str
    id: str
    at: float
    answer: str = ""


class Journal:
    """Appends to the file `path`; each entry is on disk once `note` returns."""

    def __init__(self, path: Path, file: IO[bytes], clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._file = file
        self._clock = clock

    def note(self, act: str, subject: str, answer: str = "") -> None:
        """Write down that `act` was acknowledged; `answer` is what was answered."""
        line = json.dumps({"act": act, "id": subject, "at": self._clock(), "answer": answer})
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def journal(path: Path) -> Iterator[Journal]:
    """The journal in `path`; what is in it already stays."""
    with path.open("ab") as file:
        yield Journal(path, file)


def read(path: Path) -> list[Entry]:
    """The entries of a journal in their order. A last line that was cut off counts as not acknowledged."""
    *whole, _ = path.read_bytes().split(b"\n")
    return [Entry(**json.loads(line)) for line in whole]


def acknowledged(entries: Iterable[Entry], act: str, answer: str = "") -> list[str]:
    """The ids of all acts of one kind, in their order; only those with this answer where one is given."""
    return [each.id for each in entries if each.act == act and answer in ("", each.answer)]
