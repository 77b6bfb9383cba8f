"""`mirage test`: the whole test suite on a real Neo4j and Redis."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
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

THOROUGH = "test_thorough"  # where it is set, tests draw and measure more

# Each has a Neo4j and a Redis of its own; more of them are slower, not faster, on a machine of two cores.
MOST_WORKERS = 2

# Which part of the branches the whole suite has to run, in per cent: what was reached, rounded down. Raise them.
GATES: Mapping[str, int] = MappingProxyType({"*": 94, "graph/*,collectors/_kit/*": 100})


def test(arguments: Sequence[str], *, keeps: bool, measures: bool, is_thorough: bool) -> int:
    """Start the servers unless settings give them, run pytest, give its exit code."""
    settings = StackSettings()
    is_given = bool(settings.neo4j_uri and settings.redis_url.get_secret_value())
    more = {THOROUGH: "1"} if is_thorough else {}
    run = partial(measured if measures else plain, child_environment(more))
    spread = () if is_given or arguments else several()
    if is_given or settings.test_containers:
        return run(arguments, spread)
    if TEST_STACK.is_locked():
        err.print("using the test stack that runs already")
        return run(arguments, spread)
    for data in (TEST_STACK.neo4j_folder / "data", TEST_STACK.redis_folder / "data"):
        shutil.rmtree(data, ignore_errors=True)  # what former runs wrote only slows this one
    with stopping_at_end(TEST_STACK, is_wanted=not keeps):
        bring_up(TEST_STACK, SHAPE, is_bound=not keeps)
        return run(arguments, spread)


def several() -> tuple[str, ...]:
    """What has pytest run in several processes, each with servers of its own, files whole and in the order given."""
    count = min(MOST_WORKERS, os.cpu_count() or 1)
    return ("-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder")


def plain(environment: Mapping[str, str], arguments: Sequence[str], spread: Sequence[str]) -> int:
    """Run pytest, without `spread` in one process whose output is as it comes."""
    command = [sys.executable, "-m", "pytest", *arguments, *spread]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode  # noqa: S603 - our own


def measured(
    environment: Mapping[str, str], arguments: Sequence[str], spread: Sequence[str]
) -> int:
    """Run pytest and tell which branches ran, in processes that tests start, too; 1 below a gate.

    A part of the tests (any argument) is held to no gate.
    """
    folder = CHECKOUT / ".mirage" / "coverage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**environment, "COVERAGE_FILE": str(folder / "data")}

    def coverage(*words: str) -> int:
        command = [sys.executable, "-m", "coverage", *words]
        return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode  # noqa: S603

    failed = coverage("run", "-m", "pytest", *arguments, *spread)
    failed = coverage("combine", "--quiet") or failed
    return _held_to_gates(coverage, {"*": 0} if arguments else GATES) or failed


def _held_to_gates(coverage: Callable[..., int], gates: Mapping[str, int]) -> int:
    failed = 0
    for files, least in gates.items():
        wanted = ("--skip-covered", "--sort=cover", f"--include={files}", f"--fail-under={least}")
        failed = coverage("report", *wanted) or failed
    return failed
