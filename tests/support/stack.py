"""The Neo4j and Redis that tests speak to: given ones, a kept test stack, containers, or embedded servers.

Nothing is started before a test asks for it. Tests never wipe a database: each works in an organization of its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.embedded import jars, maven, ports
from server.embedded.neo4j import LIGHT_JAVA_OPTIONS, USER, Memory, Neo4jPlan, Neo4jServer
from server.embedded.redis import RedisPlan, RedisServer
from server.settings import StackSettings

CHECKOUT = Path(__file__).parents[2]
KEPT = CHECKOUT / ".mirage" / "test-stack.json"
MEMORY = Memory(heap_mb=1024, page_cache_mb=256)


@dataclass(frozen=True)
class Neo4jAddress:
    """Where a Neo4j is and how to log in."""

    uri: str
    user: str
    password: str


@contextlib.contextmanager
def neo4j(settings: StackSettings, folder: Path) -> Iterator[Neo4jAddress]:
    """A Neo4j for this session."""
    if settings.neo4j_uri:
        password = settings.neo4j_password.get_secret_value()
        yield Neo4jAddress(settings.neo4j_uri, settings.neo4j_user, password)
    elif kept := kept_stack():
        yield Neo4jAddress(kept["neo4j_uri"], kept["neo4j_user"], kept["neo4j_password"])
    elif settings.test_containers:
        with _neo4j_container() as address:
            yield address
    else:
        with _neo4j_embedded(settings, folder) as address:
            yield address


@contextlib.contextmanager
def redis(settings: StackSettings, folder: Path) -> Iterator[str]:
    """The address of a Redis for this session."""
    if given := settings.redis_url.get_secret_value():
        yield given
    elif kept := kept_stack():
        yield kept["redis_url"]
    elif settings.test_containers:
        with _redis_container() as url:
            yield url
    else:
        server = RedisServer(RedisPlan(folder / "redis", ports.free_port()))
        try:
            server.wait_ready()
            yield server.url
        finally:
            server.stop()


def kept_stack() -> dict[str, str] | None:
    """The addresses of a running test stack that `./mirage test --keep` left, if there is one."""
    try:
        found = json.loads(KEPT.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found if _is_running(int(found.pop("pid"))) else None


def _is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@contextlib.contextmanager
def _neo4j_embedded(settings: StackSettings, folder: Path) -> Iterator[Neo4jAddress]:
    server = Neo4jServer(
        Neo4jPlan(
            folder=folder / "neo4j",
            class_path=class_path(settings),
            bolt_port=(bolt := ports.free_port()),
            http_port=ports.free_port([bolt]),
            memory=MEMORY,
            java_options=LIGHT_JAVA_OPTIONS,
        )
    )
    try:
        server.wait_ready()
        yield Neo4jAddress(server.plan.uri, USER, server.password)
    finally:
        server.stop()


def class_path(settings: StackSettings) -> list[Path]:
    """The jars of the embedded Neo4j, fetched where they are missing."""
    folder, listed = settings.home / "cache" / "maven", jars.read_lock()
    home = Path.home() / ".m2"
    base = maven.repository_address(settings.maven_repository, home)
    jars.fetch(
        jars.missing(listed, folder), folder, base, maven.local_repository(home), lambda _: None
    )
    return [folder / jar.path for jar in listed]


@contextlib.contextmanager
def _neo4j_container() -> Iterator[Neo4jAddress]:
    from testcontainers.neo4j import Neo4jContainer

    with Neo4jContainer("neo4j:2026.08.1") as container:
        yield Neo4jAddress(container.get_connection_url(), container.username, container.password)


@contextlib.contextmanager
def _redis_container() -> Iterator[str]:
    from testcontainers.redis import RedisContainer

    with RedisContainer("redis:8") as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
