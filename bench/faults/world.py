"""A Mirage of its own to break: Neo4j, Redis, the lab, two API processes, a conductor and two collectors.

All are children of this process on loopback ports that were free, with data in a folder that goes at the end.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bench._kit.servers import Servers
from bench.faults.client import Client
from bench.faults.compare import Fact
from bench.faults.journal import Journal, journal
from bench.faults.keeper import Keeper, keeping
from graph.store import Limits, Store
from server.auth.keys import make_key
from server.embedded.instance import Instance
from server.embedded.neo4j import USER
from server.embedded.ports import free_port, remembered_ports
from server.embedded.process import Child
from server.embedded.role import PYTHON, LabProgram, RoleProgram
from server.embedded.stack import PORT_NAMES, Shape, Stack, fetch_jars, missing_jars
from server.jobs.queue import Queue, open_queue
from server.settings import StackSettings
from server.settings_api import MOST_RATE, RATED
from server.vault.keys import new_keys, write_keys

MODULES = Path(__file__).parent / "modules"
APIS = ("api", "api-2")
COLLECTORS = ("collector", "collector-2")
CONDUCTOR = "conductor"
WORKERS = (CONDUCTOR, *COLLECTORS)
ROLES = (*APIS, *WORKERS)
PATIENCE = Limits(timeout_s=60, retry_s=120)  # what is in the graph counts, not how soon it tells

_MAKE_CALLER = """
CREATE (u:User {id: $user, email: $user + '@users.example', created_at: datetime()})-[:HAS_KEY]->
       (:ApiKey {id: $user, org: $org, hash: $hash, prefix: 'faults', name: 'faults', created_at: datetime()})
CREATE (u)-[:HAS_MEMBERSHIP]->
       (:Membership {id: $user, org: $org, user: $user, role: 'OWNER', clearance: 'RED', created_at: datetime()})
       -[:IN]->(:Organization {id: $org, name: 'Faults', created_at: datetime()})
"""


@dataclass
class World:
    """What a row works with. `org` is the organization of the injection under way, `client` its owner."""

    keeper: Keeper
    servers: Servers
    lab_state: Path
    store: Store
    journal: Journal
    say: Callable[[str], None] = print
    ports: dict[str, int] = field(default_factory=dict)  # of roles by the names of their processes
    org: str = ""
    client: Client = field(init=False)
    quiet: dict[object, Counter[Fact]] = field(default_factory=dict)  # what undisturbed runs find
    _clients: list[Client] = field(default_factory=list)

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[Queue]:
        """A connection to Redis."""
        opened = await open_queue(self.servers.redis_url)
        try:
            yield opened
        finally:
            with contextlib.suppress(OSError):
                await opened.aclose()

    def role(self, name: str, role: str, **settings: str) -> Process:
        """A process of `role` called `name`, with further settings by their names."""
        port = self.ports.setdefault(name, free_port(self.ports.values()))
        given = {
            "lab_state": str(self.lab_state),
            "module_folders": json.dumps([str(MODULES)]),
            "metrics_port": str(port),
            "api_port": str(port),
            "api_rates": ",".join(f"{each}={MOST_RATE}" for each in RATED),
            **settings,
        }
        env = self.servers.environment(**given)
        return Process(name, self.servers.folder / f"{name}.log", env, port, role=role)

    async def begin(self) -> None:
        """A new organization with a caller, for one injection, all roles at work."""
        self.keeper.forgive()
        await self.keeper.ready(*self.keeper.names)
        await self.leave()
        self.org, self.client = await self.caller()

    async def caller(self, ports: Sequence[int] = ()) -> tuple[str, Client]:
        """A new organization, and a client of its owner that asks both APIs, or those on `ports`.

        It is open until the next injection begins.
        """
        key, org, user = make_key(), str(uuid.uuid4()), str(uuid.uuid4())
        await self.store.execute(_MAKE_CALLER, {"org": org, "user": user, "hash": key.hash})
        asked = ports or [self.ports[name] for name in APIS if name in self.ports]
        client = Client(asked, key.text)
        self._clients.append(client)
        return org, client

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
        stack = own_stack(folder / "stack")
        neo4j, redis, lab = stack.neo4j(), stack.redis(), LabProgram(stack.instance)
        await keeper.start(redis, neo4j, lab)
        keys = write_keys(new_keys())
        servers = Servers(neo4j.plan.uri, USER, neo4j.password, redis.url, keys, folder, False)
        made = await opened.enter_async_context(
            populated(keeper, servers, stack.instance.lab_state, ROLES)
        )
        made.say = say
        yield made


@asynccontextmanager
async def populated(
    keeper: Keeper, servers: Servers, lab_state: Path, names: Sequence[str]
) -> AsyncIterator[World]:
    """A world on servers that are there, with these processes of roles: `api-2` is a second API."""
    async with servers.store() as store:
        store.read_limits = PATIENCE
        with journal(servers.folder / "journal.jsonl") as kept:
            made = World(keeper, servers, lab_state, store, kept)
            await keeper.start(*(made.role(name, name.partition("-")[0]) for name in names))
            try:
                yield made
            finally:
                await made.leave()
                await keeper.stop(*reversed(names))


def own_stack(folder: Path) -> Stack:
    """Servers of our own, whatever the environment names."""
    given = StackSettings()
    settings = given.model_copy(update={"neo4j_uri": "", "redis_url": SecretStr("")})
    fetch_jars(settings, missing_jars(settings.home), lambda _: None)
    instance = Instance("faults", folder)
    ports = remembered_ports(instance.ports_file, PORT_NAMES)
    return Stack(
        instance, settings, Shape(with_roles=False, with_lab=True, is_for_tests=True), ports
    )
