"""What the live tests share: the store on the session's real Neo4j, and the lab."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from graphql import GraphQLSchema

from graph.migrate import migrate
from graph.store import Store
from server.audit.journal import Audit
from server.graphql.compiled import Compiler
from server.graphql.schema import core_schema
from server.jobs.queue import Queue, open_queue
from tests.support.aging import World, opened
from tests.support.differing import Asked
from tests.support.investigation import Investigation, write_investigation
from tests.support.keys import keyring
from tests.support.running_lab import RunningLab, start_lab, touched_elsewhere
from tests.support.stack import Neo4jAddress


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store(neo4j_server: Neo4jAddress) -> AsyncIterator[Store]:
    """One store for the session."""
    async with Store.open(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as opened:
        await opened.wait_ready()
        await migrate(opened)
        yield opened


@pytest.fixture
def org() -> str:
    """The id of an organization that nobody else writes to."""
    return str(uuid.uuid4())


@pytest_asyncio.fixture
async def audit(store: Store) -> AsyncIterator[Audit]:
    """What writes the audit."""
    made = Audit(store, keyring())
    yield made
    await made.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def world(store: Store, audit: Audit, tmp_path: Path) -> AsyncIterator[World]:
    """An organization of which nothing is kept for some time only."""
    made = await opened(store, audit, tmp_path)
    yield made
    await store.execute("MATCH (o:Organization {id: $org}) DETACH DELETE o", {"org": made.org})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def queue(redis_url: str) -> AsyncIterator[Queue]:
    """One connection to Redis for the session."""
    opened = await open_queue(redis_url)
    yield opened
    await opened.aclose()


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """The lab, once for all tests; only tests that stop it start one of their own."""
    found = start_lab(tmp_path_factory.mktemp("lab"))
    yield found
    found.process.terminate()
    _, errors = found.process.communicate(timeout=10)
    assert errors == b""
    assert touched_elsewhere(found) == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def investigation(store: Store) -> Investigation:
    """A made-up investigation that is only read."""
    return await write_investigation(store)


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The schema, once."""
    return core_schema()


@pytest.fixture(scope="session")
def compiler(schema: GraphQLSchema) -> Compiler:
    """What makes statements of operations."""
    return Compiler(schema)


@pytest.fixture(params=["RED", "GREEN"])
def asked(
    request: pytest.FixtureRequest, compiler: Compiler, store: Store, investigation: Investigation
) -> Asked:
    """Somebody who is cleared for everything, and somebody who is not."""
    return Asked(compiler, store, investigation.org, request.param)
