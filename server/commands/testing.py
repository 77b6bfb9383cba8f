"""`mirage test`: the whole test suite on a real Neo4j and Redis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from server.commands.up import bring_up
from server.embedded.instance import Instance
from server.embedded.stack import Shape
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
TEST_STACK = Instance("test", CHECKOUT / ".mirage" / "test-stack")


def test(arguments: Sequence[str], *, keeps: bool) -> int:
    """Start the servers unless given by settings, run pytest, give its exit code."""
    settings = StackSettings()
    is_given = settings.neo4j_uri and settings.redis_url.get_secret_value()
    if not is_given and not settings.test_containers:
        bring_up(TEST_STACK, Shape(with_roles=False, is_for_tests=True), is_bound=not keeps)
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 - our own
