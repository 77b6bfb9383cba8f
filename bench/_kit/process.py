"""Processes of ours that a part starts, and what they hold of the machine's memory."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from server.embedded.process import Child

STOP_WITHIN_S = 40.0


@contextlib.contextmanager
def process(name: str, code: str, environment: Mapping[str, str], folder: Path) -> Iterator[Child]:
    """A Python process that runs `code`; stopped at the end, and with this process however that ends.

    If the block fails, the end of the process's output is told on the error output: its log goes with the folder.
    """
    child = Child(name, [sys.executable, "-P", "-c", code], folder / f"{name}.log", environment)
    try:
        yield child
    except Exception:
        sys.stderr.write(f"{name} said at the end:\n{child.output_tail()}\n")
        raise
    finally:
        child.stop(STOP_WITHIN_S)


def resident_mb(pid: int) -> float:
    """Memory of a process that lies in RAM, in MiB, what it shares with others counted in full (Linux)."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:") / 1024


def open_files(pid: int) -> int:
    """How many files a process has open (Linux)."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    """How many threads a process has (Linux)."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def proportional_mb(pid: int) -> float:
    """The same, what is shared counted by the share of this process: these may be added up."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / 1024


def _kilobytes(file: Path, name: str) -> int:
    line = next(each for each in file.read_text("ascii").splitlines() if each.startswith(name))
    return int(line.split()[1])
