"""A caller with a key in an organization that exists for one measurement, and the API it asks."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson

from bench._kit.process import process
from bench._kit.servers import Servers
from graph.store import Store
from server.auth.keys import make_key
from server.embedded.ports import free_port
from server.embedded.process import Child
from server.settings_api import MOST_RATE, RATED

READY_WITHIN_S = 60.0

MAKE_CALLER = """
CREATE (u:User {id: $org, email: $org + '@users.example', created_at: datetime()})-[:HAS_KEY]->
       (:ApiKey {id: $org, org: $org, hash: $hash, prefix: 'bench', name: 'bench', created_at: datetime()})
CREATE (u)-[:HAS_MEMBERSHIP]->
       (:Membership {id: $org, org: $org, user: $org, role: 'VIEWER', clearance: 'RED', created_at: datetime()})
       -[:IN]->(:Organization {id: $org, name: 'Bench', created_at: datetime()})
"""
REMOVE_CALLER = "MATCH (n:User|ApiKey|Membership|Organization {id: $org}) DETACH DELETE n"


@dataclass(frozen=True)
class Caller:
    """The organization's id and the text of a key in it."""

    org: str
    key: str


@contextlib.asynccontextmanager
async def calling(store: Store) -> AsyncIterator[Caller]:
    """A caller; with all of the organization's graph it is gone at the end."""
    org, key = str(uuid.uuid4()), make_key()
    await store.execute(MAKE_CALLER, {"org": org, "hash": key.hash})
    try:
        yield Caller(org, key.text)
    finally:
        await wipe(store, org)
        await store.execute(REMOVE_CALLER, {"org": org})


async def wipe(store: Store, org: str) -> None:
    """Remove an organization's graph: what points at entities first, so that a hub has few relationships left."""
    for label in ("Finding", "Rule", "Run", "Observation", "Claim", "Outbox", "Version", "Entity"):
        text = f"MATCH (n:{label} {{org: '{org}'}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 500 ROWS"
        await store.run_autocommit(text)


@dataclass(frozen=True)
class Api:
    """An API process and the port it listens on."""

    child: Child
    port: int

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid


@contextlib.asynccontextmanager
async def api(servers: Servers, unguarded_for: str = "", **settings: str) -> AsyncIterator[Api]:
    """The API role in a process of its own with further `settings`, once it accepts connections.

    With `unguarded_for` an organization it lets everybody in there: what access costs is the difference.
    """
    port = free_port()
    # Counted as in use, but never used up; the reference counts nothing.
    rates = ",".join(f"{each}={0 if unguarded_for else MOST_RATE}" for each in RATED)
    environment = servers.environment(api_port=str(port), api_rates=rates, **settings)
    code, name = "from server.roles.api import main; main()", "api"
    if unguarded_for:
        code, name = f"import bench._kit.unguarded; {code}", "api-unguarded"
        environment["MIRAGE_BENCH_ORG"] = unguarded_for
    with process(name, code, environment, servers.folder) as child:
        await listening(child, port)
        yield Api(child, port)


async def listening(child: Child, port: int) -> None:
    """Return when something listens on the port; StartFailed or TimeoutError if it does not come to that."""
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            child.check_alive()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


class Connection:
    """One kept-alive HTTP connection that asks GraphQL: the least a client can do."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._head = (
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Accept: application/graphql-response+json\r\nAuthorization: Bearer {key}\r\nContent-Length: "
        ).encode()

    @classmethod
    async def open(cls, port: int, key: str) -> Connection:
        """A connection to the API on a loopback port."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), key)

    async def ask(self, query: str, variables: dict[str, str] | None = None) -> bytes:
        """The body of the answer."""
        body = orjson.dumps({"query": query, "variables": variables})
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return await self._reader.readexactly(length)

    def close(self) -> None:
        """Close it."""
        self._writer.close()
