"""The Neo4j and Redis that tests speak to: given ones, a kept test stack, containers, or own ones.

Nothing is started before a test asks for it. Tests never wipe a database: each works in an
organization of its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.ports import known_ports, remembered_ports
from server.embedded.process import running
from server.embedded.stack import PORT_NAMES, Shape, Stack, fetch_jars, missing_jars
from server.settings import StackSettings

KEPT = Instance("test", Path(__file__).parents[2] / ".mirage" / "test-stack")
FIRST = "gw0"
SHAPE = Shape(with_roles=False, is_for_tests=True)


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
    elif _may_use_kept():
        yield _own_neo4j(_kept(settings))
    elif settings.test_containers:
        from tests.support import containers  # noqa: PLC0415 - slow to import, rarely wanted

        with containers.neo4j() as (uri, user, password):
            yield Neo4jAddress(uri, user, password)
    else:
        stack = _new(settings, folder / "neo4j")
        fetch_jars(settings, missing_jars(settings.home), lambda _: None)
        with running(stack.neo4j()):
            yield _own_neo4j(stack)


@contextlib.contextmanager
def redis(settings: StackSettings, folder: Path) -> Iterator[str]:
    """The address of a Redis for this session."""
    if given := settings.redis_url.get_secret_value():
        yield given
    elif _may_use_kept():
        yield _kept(settings).redis().url
    elif settings.test_containers:
        from tests.support import containers  # noqa: PLC0415 - slow to import, rarely wanted

        with containers.redis() as url:
            yield url
    else:
        server = _new(settings, folder / "redis").redis()
        with running(server):
            yield server.url


def _may_use_kept() -> bool:
    """Whether a test stack runs that is this process' own.

    Of several test processes the first has it, and others start theirs: roles that one test starts would carry out the
    jobs of another's.
    """
    return KEPT.is_locked() and os.environ.get("PYTEST_XDIST_WORKER", FIRST) == FIRST


def _kept(settings: StackSettings) -> Stack:
    """The running test stack that `./mirage test --keep` left."""
    return Stack(KEPT, settings, SHAPE, known_ports(KEPT.ports_file))


def _new(settings: StackSettings, folder: Path) -> Stack:
    instance = Instance("session", folder)
    return Stack(instance, settings, SHAPE, remembered_ports(instance.ports_file, PORT_NAMES))


def _own_neo4j(stack: Stack) -> Neo4jAddress:
    return Neo4jAddress(stack.addresses()["bolt"], USER, stack.neo4j().password)
