"""`mirage test`: the whole test suite on a real Neo4j and Redis."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from server.commands.console import err
from server.commands.up import bring_up, stopping_at_end
from server.embedded.instance import Instance
from server.embedded.stack import Shape
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
TEST_STACK = Instance("test", CHECKOUT / ".mirage" / "test-stack")
SHAPE = Shape(with_roles=False, is_for_tests=True)


def test(arguments: Sequence[str], *, keeps: bool) -> int:
    """Start the servers unless settings give them, run pytest, give its exit code."""
    settings = StackSettings()
    is_given = bool(settings.neo4j_uri and settings.redis_url.get_secret_value())
    if is_given or settings.test_containers:
        return _pytest(arguments)
    if TEST_STACK.is_locked():
        err.print("using the test stack that runs already")
        return _pytest(arguments)
    for data in (TEST_STACK.neo4j_folder / "data", TEST_STACK.redis_folder / "data"):
        shutil.rmtree(data, ignore_errors=True)  # what former runs wrote only slows this one
    with stopping_at_end(TEST_STACK, is_wanted=not keeps):
        bring_up(TEST_STACK, SHAPE, is_bound=not keeps)
        return _pytest(arguments)


def _pytest(arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 - our own
