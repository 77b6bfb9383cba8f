"""Commands that only ask load little: whoever types one waits for that each time."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("server.embedded.stack", "jgo", "strawberry", "neo4j")
ASKING = ("findings", "runs", "matches", "schedules", "assets")


def test_what_only_asks_loads_neither_a_stack_nor_a_server() -> None:
    modules = ", ".join(f"server.commands.{name}" for name in ASKING)
    code = f"import sys, server.cli, {modules}; print(*(set({HEAVY!r}) & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.returncode) == ([], 0), done.stderr
