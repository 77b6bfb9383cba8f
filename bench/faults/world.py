"""A Mirage of its own to break: Neo4j, Redis, the lab, two API processes, a conductor and two collectors.

All are children of this process on loopback ports that were free, with data in a folder that goes at the end.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bench._kit.servers import ROOT
from bench.faults.client import Client
from bench.faults.compare import Fact
from bench.faults.journal import Journal, journal
from bench.faults.keeper import Keeper, keeping
from graph.migrate import migrate
from graph.store import Store
from server.auth.keys import make_key
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.ports import free_port, remembered_ports
from server.embedded.process import Child
from server.embedded.role import PYTHON, LabProgram, RoleProgram
from server.embedded.stack import PORT_NAMES, Shape, Stack, fetch_jars, missing_jars
from server.jobs.queue import Queue, open_queue
from server.settings import StackSettings, child_environment
from server.settings_api import MOST_RATE, RATED
from server.vault.keys import new_keys, write_keys

MODULES = Path(__file__).parent / "modules"
APIS = ("api", "api-2")
COLLECTORS = ("collector", "collector-2")
CONDUCTOR = "conductor"
WORKERS = (CONDUCTOR, *COLLECTORS)
ROLES = (*APIS, *WORKERS)

_MAKE_CALLER = """
CREATE (u:User {id: $user, email: $user + '@users.example', created_at: datetime()})-[:HAS_KEY]->
       (:ApiKey {id: $user, org: $org, hash: $hash, prefix: 'faults', name: 'faults', created_at: datetime()})
CREATE (u)-[:HAS_MEMBERSHIP]->
       (:Membership {id: $user, org: $org, user: $user, role: 'OWNER', clearance: 'RED', created_at: datetime()})
       -[:IN]->(:Organization {id: $org, name: 'Faults', created_at: datetime()})
"""


@dataclass
class World:
    """What a row works with. `org` is the organization of the injection under way."""

    keeper: Keeper
    stack: Stack
    store: Store
    folder: Path
    journal: Journal
    ports: dict[str, int]
    say: Callable[[str], None]
    org: str = ""
    quiet: dict[object, Counter[Fact]] = field(
        default_factory=dict
    )  # what runs without a fault find
    _clients: list[Client] = field(default_factory=list)
    _keys: str = field(default_factory=lambda: write_keys(new_keys()), repr=False)

    @property
    def redis_url(self) -> str:
        """The address of Redis, password included."""
        return self.stack.redis().url

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[Queue]:
        """A connection to Redis."""
        opened = await open_queue(self.redis_url)
        try:
            yield opened
        finally:
            with contextlib.suppress(OSError):
                await opened.aclose()

    def role(self, name: str, role: str, **settings: str) -> Process:
        """A process of `role` called `name`, with further settings by their names."""
        port = self.ports.setdefault(name, free_port(self.ports.values()))
        given = {
            **self.stack.role_settings(),
            "master_keys": self._keys,
            "lab_state": str(self.stack.instance.lab_state),
            "module_folders": json.dumps([str(MODULES)]),
            "metrics_port": str(port),
            "api_port": str(port),
            "api_rates": ",".join(f"{each}={MOST_RATE}" for each in RATED),
            "log_level": "info",
            **settings,
        }
        del given["master_key_file"]
        log = self.stack.instance.log_folder / f"{name}.log"
        env = child_environment(given) | {"PYTHONPATH": str(ROOT)}
        return Process(name, log, env, port, role=role)

    async def begin(self) -> None:
        """A new organization with a caller, for one injection, all roles at work."""
        self.keeper.forgive()
        await self.keeper.ready("neo4j", "redis", *ROLES)
        await self.leave()
        self.org, client = await self.caller()
        self._clients.append(client)

    async def caller(self) -> tuple[str, Client]:
        """A new organization, and a client of its owner that asks both APIs."""
        key, org, user = make_key(), str(uuid.uuid4()), str(uuid.uuid4())
        await self.store.execute(_MAKE_CALLER, {"org": org, "user": user, "hash": key.hash})
        return org, Client([self.ports[name] for name in APIS], key.text)

    @property
    def client(self) -> Client:
        """The client of the injection under way; it asks both APIs by turns where one is away."""
        return self._clients[-1]

    async def leave(self) -> None:
        """Close what the injection before had open."""
        while self._clients:
            await self._clients.pop().aclose()


@dataclass
class Process(RoleProgram):
    """A process of a role under a name of its own, so that there may be two of a role."""

    role: str = ""

    def start(self) -> Child:
        """Start it."""
        command = [*PYTHON, "server.cli", self.role]
        return Child(self.name, command, self.log, self.env)


@asynccontextmanager
async def world(folder: Path, say: Callable[[str], None]) -> AsyncIterator[World]:
    """A world in `folder`, at work; all of it has stopped at the end. Raises StartFailed, TimeoutError."""
    async with AsyncExitStack() as opened:
        keeper = await opened.enter_async_context(keeping())
        stack = _stack(folder)
        await keeper.start(stack.redis(), stack.neo4j(), LabProgram(stack.instance))
        plan = stack.neo4j().plan
        store = await opened.enter_async_context(Store.open(plan.uri, USER, stack.neo4j().password))
        await store.wait_ready()
        await migrate(store)
        kept = opened.enter_context(journal(folder / "journal.jsonl"))
        made = World(keeper, stack, store, folder, kept, {}, say)
        roles = [made.role(name, name.partition("-")[0]) for name in ROLES]
        await keeper.start(*roles)
        try:
            yield made
        finally:
            await made.leave()


def _stack(folder: Path) -> Stack:
    """Servers of our own, whatever the environment names."""
    given = StackSettings()
    settings = given.model_copy(update={"neo4j_uri": "", "redis_url": SecretStr("")})
    fetch_jars(settings, missing_jars(settings.home), lambda _: None)
    instance = Instance("faults", folder / "stack")
    ports = remembered_ports(instance.ports_file, PORT_NAMES)
    return Stack(
        instance, settings, Shape(with_roles=False, with_lab=True, is_for_tests=True), ports
    )
