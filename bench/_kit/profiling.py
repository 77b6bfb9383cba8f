"""What a statement costs the database by its own count: accesses to its store (db hits), which no load changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import neo4j

from bench._kit.servers import Servers


class Profiler:
    """Runs statements by PROFILE. A context manager."""

    def __init__(self, servers: Servers) -> None:
        auth = (servers.neo4j_user, servers.neo4j_password)
        self._driver = neo4j.GraphDatabase.driver(
            servers.neo4j_uri, auth=auth, notifications_min_severity="OFF"
        )

    def __enter__(self) -> Profiler:
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.close()

    def hits(self, text: str, parameters: Mapping[str, Any]) -> int:
        """The db hits of all operators of a reading statement."""
        with self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
            summary = session.run(f"PROFILE {text}", dict(parameters)).consume()
        return _hits(summary.profile or {})


def _hits(operator: Mapping[str, Any]) -> int:
    return int(operator.get("dbHits", 0)) + sum(map(_hits, operator.get("children", ())))
