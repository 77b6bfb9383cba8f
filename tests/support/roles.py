"""Roles as processes of their own, for tests that kill them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graph.store import Store
from tests.support.keys import AS_TEXT
from tests.support.stack import Neo4jAddress

ROOT = Path(__file__).parents[2]


@dataclass
class Roles:
    """Starts roles against one database, one Redis and one lab, and stops what still runs."""

    neo4j: Neo4jAddress
    redis_url: str
    lab_state: Path | None
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, role: str, **settings: str) -> subprocess.Popen[bytes]:
        """One more process of `role`, with further settings by their names."""
        environment = dict(os.environ) | {
            "MIRAGE_NEO4J_URI": self.neo4j.uri,
            "MIRAGE_NEO4J_USER": self.neo4j.user,
            "MIRAGE_NEO4J_PASSWORD": self.neo4j.password,
            "MIRAGE_REDIS_URL": self.redis_url,
            "MIRAGE_LAB_STATE": str(self.lab_state or ""),
            "MIRAGE_MASTER_KEYS": AS_TEXT,
            "MIRAGE_EVIDENCE_FOLDER": str(self.folder / "evidence"),
            "PYTHONPATH": str(ROOT),
            **self.settings,
            **{f"MIRAGE_{name.upper()}": value for name, value in settings.items()},
        }
        log = (self.folder / f"{role}-{len(self.running)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "server.cli", role],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=self.folder,
        )
        log.close()
        self.running.append(process)
        return process

    def logs(self) -> str:
        """What all of them wrote, for the message of a failing test."""
        return "\n".join(
            f"== {p.name}\n{p.read_text()[-2000:]}" for p in sorted(self.folder.glob("*.log"))
        )


async def end_open_runs(store: Store) -> None:
    """End what other tests left open: roles would carry out all of it, and be busy with it for long."""
    await store.execute(
        "MATCH (r:Run) WHERE r.state IN ['ACCEPTED', 'RUNNING'] SET r.state = 'CANCELLED', r.ended_at = datetime()"
    )


@contextlib.contextmanager
def roles(
    neo4j: Neo4jAddress,
    redis_url: str,
    lab_state: Path | None,
    folder: Path,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Roles]:
    """Roles for one test, with further settings by their variables; at its end all are asked to stop, and must."""
    found = Roles(neo4j, redis_url, lab_state, folder, settings or {})
    try:
        yield found
    finally:
        for process in found.running:
            process.terminate()
        for process in found.running:
            process.wait(timeout=40)
