"""The store's promises about transactions, on a real Neo4j."""

from __future__ import annotations

import asyncio
import uuid

import neo4j
import pytest
from neo4j.exceptions import ClientError

from graph.errors import StoreUnavailable
from graph.queries import entity, job
from graph.store import Limits, Store, Transaction
from tests.support.stack import Neo4jAddress


async def test_a_locked_run_is_read_as_the_one_before_left_it(store: Store) -> None:
    run = str(uuid.uuid4())
    await store.execute("CREATE (:Run {id: $id, org: 'o', state: 'RUNNING', spec: '', reached: 0, requests: 0, "
                        "jobs_done: 0, jobs_failed: 0, jobs_open: 0})", {"id": run})  # fmt: skip
    locked = asyncio.Event()
    query = job.LOCK_RUN.bind(job.RunParams(run=run))

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
    query = entity.LIST_BY_IDS.bind(entity.ManyParams(org="nobody", ids=["x"]))
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
