"""What a how-to page asks of its reader, step by step: files to write and commands to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_BLOCK = re.compile(
    r"(?:^`(?P<path>[\w./-]+)`:\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_INDENTED = re.compile(r"^    (?:\./|\.venv/|\$ |python |pytest )", re.MULTILINE)


@dataclass(frozen=True)
class File:
    """A file that the page shows whole."""

    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line that the page tells to type."""

    line: str


Step: TypeAlias = File | Command


def steps(page: str) -> Iterator[Step]:
    """The steps of a page in its order. Raises ValueError where a command is not in a console block."""
    if found := _INDENTED.search(page):
        raise ValueError(f"a command outside of a console block: {page[found.start() :][:60]!r}")
    for block in _BLOCK.finditer(page):
        if block["path"]:
            yield File(block["path"], block["text"])
        elif block["language"] == "console":
            for line in block["text"].splitlines():
                if line.startswith("$ "):
                    yield Command(line.removeprefix("$ "))
