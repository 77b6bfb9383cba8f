"""`mirage test`: the whole test suite on a real Neo4j and Redis."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from server.commands.console import err
from server.commands.up import bring_up, stopping_at_end
from server.embedded.instance import Instance
from server.embedded.stack import Shape
from server.settings import StackSettings, child_environment

CHECKOUT = Path(__file__).parents[2]
TEST_STACK = Instance("test", CHECKOUT / ".mirage" / "test-stack")
SHAPE = Shape(with_roles=False, is_for_tests=True)

# They share one Neo4j and one Redis, which are what more of them would wait for.
MOST_WORKERS = 2

# Which part of the branches the whole suite has to run, in per cent: what was reached, rounded down. Raise them.
GATES: Mapping[str, int] = MappingProxyType({"*": 94, "graph/*,collectors/_kit/*": 98})


def test(arguments: Sequence[str], *, keeps: bool, measures: bool) -> int:
    """Start the servers unless settings give them, run pytest, give its exit code."""
    settings = StackSettings()
    run = measured if measures else _pytest
    is_given = bool(settings.neo4j_uri and settings.redis_url.get_secret_value())
    if is_given or settings.test_containers:
        return run(arguments)
    if TEST_STACK.is_locked():
        err.print("using the test stack that runs already")
        return run(arguments)
    for data in (TEST_STACK.neo4j_folder / "data", TEST_STACK.redis_folder / "data"):
        shutil.rmtree(data, ignore_errors=True)  # what former runs wrote only slows this one
    with stopping_at_end(TEST_STACK, is_wanted=not keeps):
        bring_up(TEST_STACK, SHAPE, is_bound=not keeps)
        return run(arguments)


def _pytest(arguments: Sequence[str]) -> int:
    """All tests in several processes, files whole; a part of them in one, so that its output is as it comes."""
    several = ("-n", str(min(MOST_WORKERS, os.cpu_count() or 1)), "--dist", "loadfile")
    command = [sys.executable, "-m", "pytest", *(arguments or several)]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 - our own


def measured(arguments: Sequence[str]) -> int:
    """Run pytest and tell which branches ran, in processes that tests start, too; 1 below a gate.

    A part of the tests (any argument) is held to no gate.
    """
    folder = CHECKOUT / ".mirage" / "coverage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = child_environment({}) | {"COVERAGE_FILE": str(folder / "data")}

    def coverage(*words: str) -> int:
        command = [sys.executable, "-m", "coverage", *words]
        return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode  # noqa: S603

    failed = coverage("run", "-m", "pytest", *arguments)
    failed = coverage("combine", "--quiet") or failed
    return _held_to_gates(coverage, {"*": 0} if arguments else GATES) or failed


def _held_to_gates(coverage: Callable[..., int], gates: Mapping[str, int]) -> int:
    failed = 0
    for files, least in gates.items():
        wanted = ("--skip-covered", "--sort=cover", f"--include={files}", f"--fail-under={least}")
        failed = coverage("report", *wanted) or failed
    return failed
