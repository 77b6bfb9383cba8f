"""A copy of the checkout that a test may change, and commands run in it as a contributor runs them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.keys import AS_TEXT
from tests.support.stack import Neo4jAddress

CHECKOUT = Path(__file__).parents[2]
LIMIT_S = 300

# What the launcher and the environment's programs stand for where no environment was made.
_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "./mirage": ("-P", "-m", "server.cli"),
    ".venv/bin/pytest": ("-m", "pytest"),
    ".venv/bin/python": (),
}


@dataclass(frozen=True)
class Copy:
    """A checkout of its own in a temporary folder, with the servers of this session."""

    folder: Path
    settings: Mapping[str, str]

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of a page: a program of `_PROGRAMS`, perhaps with `> file`."""
        command, _, target = (part.strip() for part in line.partition(" > "))
        # Not `shlex.split` with comments: a `#` begins a remark only behind a blank.
        program, *arguments = shlex.split(command.partition(" # ")[0])
        if program not in _PROGRAMS:
            raise ValueError(f"{line!r}: pages show {', '.join(_PROGRAMS)} only")
        done = subprocess.run(
            [sys.executable, *_PROGRAMS[program], *arguments],
            cwd=self.folder, env=self._environment(), capture_output=True, text=True,
            timeout=LIMIT_S, check=False,
        )  # fmt: skip
        if target and done.returncode == 0:
            (self.folder / target).write_text(done.stdout, "utf-8")
        return done

    def must(self, line: str) -> str:
        """Run a line that has to work; its output."""
        done = self.run(line)
        assert done.returncode == 0, f"$ {line}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        # The copy comes before the checkout that the environment's path file names. What runs there is not measured:
        # its files are others.
        kept = {n: value for n, value in os.environ.items() if not n.startswith("COVERAGE_")}
        return {**kept, "PYTHONPATH": str(self.folder), **self.settings}


def copy_checkout(folder: Path, neo4j: Neo4jAddress, redis_url: str) -> Copy:
    """All files of the checkout that are kept or could be, copied into `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)
    settings = {
        "MIRAGE_NEO4J_URI": neo4j.uri,
        "MIRAGE_NEO4J_USER": neo4j.user,
        "MIRAGE_NEO4J_PASSWORD": neo4j.password,
        "MIRAGE_REDIS_URL": redis_url,
        "MIRAGE_MASTER_KEYS": AS_TEXT,
    }
    return Copy(folder, settings)
