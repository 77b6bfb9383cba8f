"""The store's promises about transactions, on a real Neo4j."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import neo4j
import pytest
from neo4j.exceptions import ClientError

from graph.errors import LimitExceeded, StoreOverloaded, StoreUnavailable
from graph.migrate import migrate
from graph.queries import entity, job
from graph.queries.catalog import Bound
from graph.store import Limits, Store, Transaction
from server.embedded.ports import free_port
from tests.support.stack import Neo4jAddress
from tests.support.waiting import eventually


async def test_a_write_that_is_stopped_in_time_may_be_sent_again(store: Store) -> None:
    """As with a disk that has no room: writes wait and are stopped, and nobody could write less."""
    slow = "UNWIND range(1, 100000000) AS n WITH sum(n) AS n CREATE (:TestStopped {n: n})"
    with pytest.raises(StoreOverloaded, match="does not manage its work in time") as caught:
        await store.transact(lambda tx: tx.execute(slow), limits=Limits(0.1, 0))
    assert caught.value.is_retryable
    assert await store.read_single("MATCH (n:TestStopped) RETURN count(n)") == 0


async def test_so_may_a_question_of_our_own(store: Store) -> None:
    slow = "UNWIND range(1, 100000000) AS n RETURN toString(sum(n)) AS id"
    ours = Bound("test/slow", slow, {}, False, entity.IdRow)
    with pytest.raises(StoreOverloaded, match="does not manage its work in time"):
        await store.fetch(ours, limits=Limits(0.1, 0))
    with pytest.raises(LimitExceeded, match="ask for less"):
        await store.read(slow, limits=Limits(0.1, 0))


async def test_a_locked_run_is_read_as_the_one_before_left_it(store: Store) -> None:
    run = str(uuid.uuid4())
    await store.execute("CREATE (:Run {id: $id, org: 'o', state: 'RUNNING', spec: '', reached: 0, requests: 0, "
                        "jobs_done: 0, jobs_failed: 0, jobs_open: 0})", {"id": run})  # fmt: skip
    locked = asyncio.Event()
    query = job.LOCK_RUN.bind(job.LockParams(run=run))

    async def first(tx: Transaction) -> None:
        await tx.fetch(query)
        locked.set()
        await asyncio.sleep(0.5)
        await tx.execute("MATCH (r:Run {id: $id}) SET r.state = 'CANCELLED'", {"id": run})

    async def second(tx: Transaction) -> str:
        return (await tx.fetch(query))[0].state

    going = asyncio.create_task(store.transact(first))
    await locked.wait()
    state, _ = await store.transact(second)
    await going

    assert state == "CANCELLED"
    await store.execute("MATCH (r:Run {id: $id}) DETACH DELETE r", {"id": run})


async def test_waiting_in_vain_for_a_connection_is_told_as_a_fault_that_may_pass(
    neo4j_server: Neo4jAddress,
) -> None:
    async with Store.open(
        neo4j_server.uri, neo4j_server.user, neo4j_server.password, pool_size=1
    ) as store:
        holds, may_end = asyncio.Event(), asyncio.Event()

        async def hold(tx: Transaction) -> None:
            await tx.execute("RETURN 1")
            holds.set()
            await may_end.wait()

        holding = asyncio.create_task(store.transact(hold))
        await holds.wait()
        with pytest.raises(StoreUnavailable) as raised:
            await store.read("RETURN 1 AS one", limits=Limits(retry_s=0))
        assert raised.value.is_retryable
        may_end.set()
        await holding
        assert await store.read("RETURN 1 AS one") == [{"one": 1}]


async def test_a_read_is_one_message_on_a_session_that_serves_again(
    neo4j_server: Neo4jAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        pytest.fail("a read opened a transaction")

    made = []
    session = neo4j.AsyncDriver.session

    def count(driver: neo4j.AsyncDriver, **options: object) -> neo4j.AsyncSession:
        made.append(options)
        return session(driver, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(neo4j.AsyncSession, "begin_transaction", refuse)
    monkeypatch.setattr(neo4j.AsyncDriver, "session", count)
    query = entity.LIST_BY_IDS.bind(entity.ManyParams(org="nobody", readable=None, ids=["x"]))
    async with Store.open(neo4j_server.uri, neo4j_server.user, neo4j_server.password) as store:
        assert await store.fetch(query) == []
        assert await store.fetch_one(query) is None
        assert await store.read("UNWIND [1, 2] AS n RETURN n, n * 2 AS twice") == [
            {"n": 1, "twice": 2},
            {"n": 2, "twice": 4},
        ]
        assert await store.read_single("RETURN 3") == 3
    assert len(made) == 1


async def test_a_read_cannot_write_and_a_failed_one_harms_no_later_one(store: Store) -> None:
    with pytest.raises(ClientError):
        await store.read("CREATE (n:Nobody) RETURN n.id AS id")
    assert await store.read("MATCH (n:Nobody) RETURN count(n) AS n") == [{"n": 0}]


async def test_a_read_sees_what_its_bookmarks_stand_for(store: Store) -> None:
    name = str(uuid.uuid4())
    _, marks = await store.transact(lambda tx: tx.execute("CREATE (:Note {id: $id})", {"id": name}))
    rows = await store.read(
        "MATCH (n:Note {id: $id}) RETURN n.id AS id", {"id": name}, bookmarks=marks
    )
    assert rows == [{"id": name}]
    await store.execute("MATCH (n:Note {id: $id}) DETACH DELETE n", {"id": name})


@asynccontextmanager
async def forwarding(port: int, neo4j_server: Neo4jAddress) -> AsyncIterator[None]:
    """Lead connections to a loopback port on to the database."""
    target = urlsplit(neo4j_server.uri)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))

    async with await asyncio.start_server(handle, "127.0.0.1", port):
        yield


async def test_a_database_that_comes_up_later_is_waited_for(neo4j_server: Neo4jAddress) -> None:
    port = free_port()
    async with Store.open(
        f"bolt://127.0.0.1:{port}", neo4j_server.user, neo4j_server.password
    ) as store:
        waiting = asyncio.create_task(store.wait_ready())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        async with forwarding(port, neo4j_server):
            await waiting
            assert await store.read("RETURN 1 AS one") == [{"one": 1}]


async def test_a_database_that_stays_away_is_told() -> None:
    async with Store.open("bolt://127.0.0.1:1", "neo4j", "x") as store:
        with pytest.raises(StoreUnavailable, match="Neo4j does not answer now"):
            await store.wait_ready(within_s=0.3)


async def test_a_wrong_password_is_told_at_once(neo4j_server: Neo4jAddress) -> None:
    # A name that nobody has: after three wrong passwords Neo4j refuses a user's right one for some seconds.
    async with Store.open(neo4j_server.uri, "nobody", "wrong") as store:
        with pytest.raises(StoreUnavailable, match="Neo4j refuses the user name or password"):
            await store.read("RETURN 1 AS one")
        assert store.retries == 0


async def tried_again(store: Store, before: int) -> None:
    async def is_so() -> bool:
        return store.retries > before

    await eventually(is_so)


async def test_what_another_one_has_made_already_is_tried_again_and_then_told(
    store: Store,
) -> None:
    name = {"id": str(uuid.uuid4())}

    def make(limits: Limits) -> Awaitable[object]:
        return store.transact(
            lambda tx: tx.execute("CREATE (:Entity {id: $id})", name), limits=limits
        )

    await make(Limits())
    before = store.retries
    with pytest.raises(StoreUnavailable, match="two writers made the same thing at once") as told:
        await make(Limits(retry_s=0.3))
    assert told.value.is_retryable
    assert store.retries > before

    before = store.retries
    trying = asyncio.ensure_future(make(Limits(retry_s=60)))
    await tried_again(store, before)
    await store.execute("MATCH (n:Entity {id: $id}) DELETE n", name)
    await trying
    assert await store.read("MATCH (n:Entity {id: $id}) RETURN count(n) AS n", name) == [{"n": 1}]
    await store.execute("MATCH (n:Entity {id: $id}) DELETE n", name)


async def test_a_lock_that_another_one_holds_is_waited_for_and_then_told(store: Store) -> None:
    name = {"id": str(uuid.uuid4())}
    await store.execute("CREATE (:Note {id: $id})", name)
    holds, may_end = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.execute("MATCH (n:Note {id: $id}) SET n.by = 'first'", name)
        holds.set()
        await may_end.wait()

    async def want(tx: Transaction) -> None:
        await tx.execute("MATCH (n:Note {id: $id}) SET n.by = 'second'", name)

    holding = asyncio.create_task(store.transact(hold))
    await holds.wait()
    with pytest.raises(StoreUnavailable, match="a lock was held too long by others"):
        await store.transact(want, limits=Limits(timeout_s=0.5, retry_s=0))
    before = store.retries
    wanting = asyncio.create_task(store.transact(want, limits=Limits(timeout_s=0.5, retry_s=60)))
    await tried_again(store, before)
    may_end.set()
    await asyncio.gather(holding, wanting)
    rows = await store.read("MATCH (n:Note {id: $id}) RETURN n.by AS by", name)
    assert rows == [{"by": "second"}]
    await store.execute("MATCH (n:Note {id: $id}) DELETE n", name)


async def test_an_index_that_does_not_serve_is_told(store: Store) -> None:
    class Broken(Store):
        """The real database, but for what it says of its indexes in the end."""

        def __init__(self) -> None:
            self.__dict__ |= store.__dict__

        async def read_single(self, text: str, *given: Any, **more: Any) -> Any:
            is_last = "state <> 'ONLINE'" in text
            return (
                ["entity_id is FAILED"]
                if is_last
                else await store.read_single(text, *given, **more)
            )

    with pytest.raises(StoreUnavailable, match="indexes that do not serve: entity_id is FAILED"):
        await migrate(Broken())


async def test_what_is_not_recorded_is_applied_in_the_order_of_names(store: Store) -> None:
    # The second changes what is stored; the others only the schema.
    forgotten = ["0008_audit_and_secrets", "0010_memberships", "0011_oidc", "0012_modules"]
    names = [f"{each}.cypher" for each in forgotten]
    await store.execute("MATCH (m:Migration) WHERE m.name IN $names DELETE m", {"names": names})
    await store.run_autocommit("DROP INDEX organization_name IF EXISTS")

    assert await migrate(store) == names
    indexes = await store.read("SHOW INDEXES YIELD name RETURN name")
    assert {"name": "organization_name"} in indexes
    assert await migrate(store) == []
