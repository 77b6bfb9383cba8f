"""The application on the real Neo4j and Redis: in process for requests, on a loopback port for sockets and streams."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from graph.migrate import migrate
from graph.store import Limits, Store
from server.auth.keys import make_key
from server.graphql import execution
from server.jobs.queue import Queue, open_queue
from server.web.app import create_app
from server.web.serving import listen, make_server
from tests.support.besides import CountingStore
from tests.support.keys import keyring
from tests.support.reception import counting_apart
from tests.support.stack import Neo4jAddress
from tests.support.terminal import Terminal
from tests.support.terminal import terminal as opened_terminal

MAKE_CALLER = """
CREATE (u:User {id: $user, email: $email, created_at: datetime()})-[:HAS_KEY]->
       (:ApiKey {id: $key, org: $org, hash: $hash, prefix: $prefix, name: 'test', created_at: datetime()})
MERGE (o:Organization {id: $org})
ON CREATE SET o.name = 'Test organization', o.created_at = datetime()
CREATE (u)-[:HAS_MEMBERSHIP]->
       (:Membership {id: $user, org: $org, user: $user, role: $role, clearance: $clearance, created_at: datetime()})
       -[:IN]->(o)
"""


@dataclass(frozen=True)
class Caller:
    """Somebody with a key, in an organization of their own. `id` is the member's, the user's and the key's id."""

    key: str
    org: str
    email: str
    client: httpx.AsyncClient
    id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What a request of theirs carries."""
        return {"Authorization": f"Bearer {self.key}"}

    async def post(self, query: str, variables: dict[str, Any] | None = None) -> httpx.Response:
        """Ask in process."""
        body = {"query": query, "variables": variables}
        return await self.client.post("/graphql", json=body, headers=self.headers)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask in process for data without errors."""
        answer = (await self.post(query, variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store(neo4j_server: Neo4jAddress) -> AsyncIterator[Store]:
    """One store for the session."""
    async with CountingStore.open(
        neo4j_server.uri, neo4j_server.user, neo4j_server.password
    ) as opened:
        await opened.wait_ready()
        await migrate(opened)
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    """One connection to Redis for the session."""
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(store: Store, queue: Queue) -> AsyncIterator[Starlette]:
    """The application, started once."""
    made = create_app(store, queue, keyring(), options=counting_apart())
    async with made.router.lifespan_context(made):
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Requests in process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as opened:
        yield opened


MakeCaller = Callable[..., Any]
Command = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def make_caller(store: Store, client: httpx.AsyncClient) -> MakeCaller:
    """Makes a caller with a role, in a new organization or in that of another caller."""

    async def make(
        role: str = "OWNER", beside: Caller | None = None, clearance: str = "RED"
    ) -> Caller:
        key, user = make_key(), str(uuid.uuid4())
        org = beside.org if beside else str(uuid.uuid4())
        email = f"{user[:8]}@users.example"
        given = {
            "user": user, "email": email, "key": user, "org": org, "hash": key.hash,
            "prefix": key.prefix, "role": role, "clearance": clearance,
        }  # fmt: skip
        await store.execute(MAKE_CALLER, given)
        return Caller(key.text, org, email, client, user)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def caller(make_caller: MakeCaller) -> Caller:
    """An owner of a new, empty organization."""
    made: Caller = await make_caller()
    return made


@pytest.fixture
def patient(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give questions as long as a slow machine needs to plan statements of which each is asked once."""
    for owner, attribute in ((execution, "READ_LIMITS"), (store, "read_limits")):
        monkeypatch.setattr(owner, attribute, Limits(timeout_s=120.0))
    monkeypatch.setitem(execution.MOST_SECONDS, "query", 600.0)


@asynccontextmanager
async def served(app: Starlette, connections: int = 1_000) -> AsyncIterator[str]:
    """An application that has been started, on a loopback port, as host and port."""
    listening = listen("127.0.0.1", 0)
    server = make_server(app, connections, lifespan="off")
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.02)
    yield "{}:{}".format(*listening.getsockname())
    server.should_exit = True
    await serving
    # One application is served by several servers in turn: the end of one is not that of the application.
    app.state.is_ending = False
    app.state.services.hub.go_on()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(app: Starlette) -> AsyncIterator[str]:
    """The application on a loopback port, as host and port."""
    async with served(app) as found:
        yield found


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Runs commands, each in a process of its own."""
    with opened_terminal(tmp_path_factory.mktemp("terminal")) as opened:
        yield opened


@pytest.fixture
def mirage(address: str, caller: Caller, terminal: Terminal) -> Command:
    """Runs `mirage …` with the caller's key; what it prints, read as JSON where that is asked for.

    What it refuses is what it says of that.
    """
    environment = os.environ | {
        "MIRAGE_GRAPHQL_URL": f"http://{address}/graphql",
        "MIRAGE_API_KEY": caller.key,
    }

    async def run(*arguments: str, typed: str = "") -> Any:
        said = await terminal.run(*arguments, environment=environment, typed=typed)
        if said.code and said.err:
            return said.err
        return json.loads(said.out) if "--json" in arguments else said.out

    return run
