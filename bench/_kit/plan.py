"""How much is measured, and what is told meanwhile."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import bench
from bench._kit.figure import Figure

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What the command was asked for.

    `is_quick`: sizes that show whether it works, not how fast it is. `is_full`: also what takes minutes, such as a
    demo scan. `is_cold`: also what needs the network. `entities`: the size of what has one, 0 for the usual.
    """

    is_quick: bool = False
    is_full: bool = False
    is_cold: bool = False
    entities: int = 0
    began: float = field(default_factory=time.monotonic)

    def size(self, usual: T, quick: T) -> T:
        """The size to measure with."""
        return quick if self.is_quick else usual

    def say(self, text: str) -> None:
        """A line of progress on the error output, with the seconds since the begin."""
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", file=sys.stderr, flush=True)


Measure = Callable[[Plan], Coroutine[Any, Any, Sequence[Figure]]]


def part_names() -> list[str]:
    """The parts: the modules of this package. Its packages are tools of their own, or what parts share."""
    return sorted(found.name for found in _listed() if not found.ispkg)


def tool_names() -> list[str]:
    """The tools: the packages of this one."""
    return sorted(found.name for found in _listed() if found.ispkg)


def _listed() -> Iterator[pkgutil.ModuleInfo]:
    """What is in this package, but for what begins with an underscore."""
    for found in pkgutil.iter_modules(bench.__path__):
        if not found.name.startswith("_"):
            yield found


def run_tool(tool: str, arguments: Sequence[str]) -> int:
    """Call the function `main` of a tool's module `command`; its exit code."""
    return int(importlib.import_module(f"bench.{tool}.command").main(arguments))


def measure_of(part: str) -> Measure:
    """The function `measure` of a part's module."""
    found: Measure = importlib.import_module(f"bench.{part}").measure
    return found
