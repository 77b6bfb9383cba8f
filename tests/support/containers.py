"""Neo4j and Redis in containers, for whoever sets MIRAGE_TEST_CONTAINERS=1."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from testcontainers.neo4j import Neo4jContainer
from testcontainers.redis import RedisContainer


@contextlib.contextmanager
def neo4j() -> Iterator[tuple[str, str, str]]:
    """Address, user and password."""
    with Neo4jContainer("neo4j:2026.08.1") as container:
        yield container.get_connection_url(), container.username, container.password


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Address."""
    with RedisContainer("redis:8") as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(6379)
        yield f"redis://{host}:{port}/0"
