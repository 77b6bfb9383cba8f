"""A whole stack: which programs, in which order, with which addresses and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import graph
from server.embedded import aot, jars, maven
from server.embedded.files import write_whole
from server.embedded.instance import Instance
from server.embedded.neo4j import (
    LIGHT_JAVA_OPTIONS,
    USER,
    Memory,
    Neo4jPlan,
    Neo4jServer,
    machine_memory_mb,
    steady_java_options,
)
from server.embedded.process import OneShot, Program
from server.embedded.redis import RedisPlan, RedisServer
from server.embedded.role import PYTHON, LabProgram, RoleProgram, role_names
from server.embedded.state import Step
from server.embedded.supervisor import Supervisor
from server.settings import StackSettings, child_environment

API = "api"
METRICS_PORT = "MIRAGE_METRICS_PORT"
PORT_NAMES = ("bolt", "http", "redis", *role_names())


@dataclass(frozen=True)
class Shape:
    """What belongs to a stack."""

    with_roles: bool = True
    with_lab: bool = False
    is_for_tests: bool = False  # small, quick to start, not for lasting


class Stack:
    """Prepares an instance and gives its programs, group by group."""

    def __init__(
        self,
        instance: Instance,
        settings: StackSettings,
        shape: Shape,
        ports: Mapping[str, int],
    ) -> None:
        self.instance = instance
        self.settings = settings
        self.shape = shape
        self.ports = ports

    def prepare(self, supervisor: Supervisor) -> Iterator[Sequence[Program]]:
        """The groups of programs in their order; what a group needs is fetched before it."""
        servers = list(self._servers(supervisor))
        supervisor.state.addresses.update(self.addresses())
        yield servers
        if self.shape.with_lab:
            yield [LabProgram(self.instance)]
        if self.shape.with_roles:
            env = child_environment(self.role_settings())
            self._prepare_database(supervisor, env)
            yield [self._role(name, env) for name in role_names()]

    def _servers(self, supervisor: Supervisor) -> Iterator[Program]:
        if self.settings.redis_url.get_secret_value():
            supervisor.note_external(RedisServer.name)
        else:
            yield self.redis()
        if self.settings.neo4j_uri:
            supervisor.note_external(Neo4jServer.name)
        else:
            self._fetch_jars(supervisor)
            yield self.neo4j()

    def _fetch_jars(self, supervisor: Supervisor) -> None:
        if wanted := missing_jars(self.settings.home):
            total = sum(jar.size for jar in wanted)
            step = Step(name="fetch Neo4j", total=total, unit="bytes")
            supervisor.begin(step)
            fetch_jars(self.settings, wanted, lambda count: supervisor.advance(step, count))
            supervisor.finish(step)

    def _prepare_database(self, supervisor: Supervisor, env: Mapping[str, str]) -> None:
        """Schema, master key and owner's key, before any role runs; once for each version of the schema."""
        key_file, version = self.instance.owner_key_file, schema_version()
        # Beside the data, so that it goes when the data goes.
        stamp = self.instance.neo4j_folder / "data" / "mirage-schema"
        are_there = key_file.exists() and self.instance.master_key_file.exists()
        is_done = stamp.exists() and stamp.read_text("ascii") == version and are_there
        if is_done and not self.settings.neo4j_uri:
            return
        command = [*PYTHON, "server.cli", "prepare", "--key-file", str(key_file)]
        log = self.instance.log_folder / "prepare.log"
        supervisor.run_once(OneShot("prepare the database", command, log, env))
        if not self.settings.neo4j_uri:
            write_whole(stamp, version)

    def _role(self, name: str, env: Mapping[str, str]) -> RoleProgram:
        log = self.instance.log_folder / f"{name}.log"
        port = self.api_port if name == API else self.ports[name]
        return RoleProgram(name, log, {**env, METRICS_PORT: str(port)}, port)

    def redis(self) -> RedisServer:
        """The Redis of this stack."""
        return RedisServer(RedisPlan(self.instance.redis_folder, self.ports["redis"]))

    def neo4j(self) -> Neo4jServer:
        """The Neo4j of this stack; its jars must be there when it starts."""
        plan = self.neo4j_plan()
        cache = aot.cache_file(cache_folder(self.settings.home), plan.java_options)
        options = aot.options_with(cache, plan.java_options)
        return Neo4jServer(replace(plan, java_options=options))

    def neo4j_plan(self) -> Neo4jPlan:
        """How Neo4j is started, but for a start-up cache."""
        memory = self._memory()
        light = self.shape.is_for_tests
        return Neo4jPlan(
            folder=self.instance.neo4j_folder,
            class_path=class_path(self.settings.home),
            bolt_port=self.ports["bolt"],
            http_port=self.ports["http"],
            memory=memory,
            java_options=LIGHT_JAVA_OPTIONS if light else steady_java_options(memory),
        )

    def _memory(self) -> Memory:
        usual = Memory.for_machine(machine_memory_mb())
        if self.shape.is_for_tests:
            usual = Memory(heap_mb=1024, page_cache_mb=256)
        return Memory(
            heap_mb=self.settings.neo4j_heap_mb or usual.heap_mb,
            page_cache_mb=self.settings.neo4j_page_cache_mb or usual.page_cache_mb,
        )

    @property
    def api_port(self) -> int:
        """The port of the API."""
        return self.settings.api_port or self.ports.get(API, 0)

    def addresses(self) -> dict[str, str]:
        """What people and programs connect to."""
        api = f"{self.settings.api_host}:{self.api_port}"
        http = f"127.0.0.1:{self.ports['http']}"
        return {
            "graphql": f"http://{api}/graphql",
            "graphql_ws": f"ws://{api}/graphql",
            "graphiql": f"http://{api}/graphiql/",
            "neo4j_browser": "" if self.settings.neo4j_uri else f"http://{http}/browser/",
            "bolt": self.settings.neo4j_uri or f"bolt://127.0.0.1:{self.ports['bolt']}",
        }

    def role_settings(self) -> dict[str, str]:
        """The settings a role is started with, by their names in `server.settings`."""
        given = self.settings
        own_neo4j, own_redis = not given.neo4j_uri, not given.redis_url.get_secret_value()
        addresses = self.addresses()
        found = {
            "neo4j_uri": addresses["bolt"],
            "neo4j_user": USER if own_neo4j else given.neo4j_user,
            "neo4j_password": self.neo4j().password
            if own_neo4j
            else given.neo4j_password.get_secret_value(),
            "neo4j_browser_url": addresses["neo4j_browser"],
            "redis_url": self.redis().url if own_redis else given.redis_url.get_secret_value(),
            "master_key_file": str(self.instance.master_key_file),
            "evidence_folder": str(self.instance.evidence_folder),
            "api_host": given.api_host,
            "api_port": str(self.api_port),
            "api_linger_s": "0",  # nobody stands before it
        }
        if self.shape.with_lab:
            found["lab_state"] = str(self.instance.lab_state)
        return found


def schema_version() -> str:
    """A hash of the files that the database's schema follows from."""
    root = Path(graph.__file__).parents[1]
    files = sorted((root / "graph").rglob("*.py"))
    files += sorted((root / "cypher" / "schema").glob("*.cypher"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def cache_folder(home: Path) -> Path:
    """What may be deleted at any time, shared by every instance and checkout of this user."""
    return home / "cache"


def jar_folder(home: Path) -> Path:
    """Where fetched jars lie."""
    return cache_folder(home) / "maven"


def class_path(home: Path) -> list[Path]:
    """The jars of Neo4j, in a fixed order."""
    return [jar_folder(home) / jar.path for jar in jars.read_lock()]


def missing_jars(home: Path) -> list[jars.Jar]:
    """The jars that are still to be fetched."""
    return jars.missing(jars.read_lock(), jar_folder(home))


def fetch_jars(settings: StackSettings, wanted: Sequence[jars.Jar], advance: jars.Advance) -> None:
    """Bring these jars; `advance` is told the bytes."""
    maven_folder = Path.home() / ".m2"
    base = maven.repository_address(settings.maven_repository, maven_folder)
    local = maven.local_repository(maven_folder)
    jars.fetch(wanted, jar_folder(settings.home), base, local, advance)
