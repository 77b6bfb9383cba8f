"""Whatever happens to the way to Neo4j, the store tells it as a fault of its own that may pass."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from neo4j.exceptions import ClientError

from bench.faults.proxy import Fault, proxy
from graph.errors import MirageError, StoreUnavailable
from graph.store import Limits, Store, Transaction
from tests.support.stack import Neo4jAddress

SHORT = Limits(timeout_s=2, retry_s=0.5)


@pytest.mark.timeout(120)
async def test_a_way_that_is_cut_at_random_is_told_as_that(neo4j_server: Neo4jAddress) -> None:
    port = urlsplit(neo4j_server.uri).port
    assert port is not None
    draw, org, strange = random.Random(23), str(uuid.uuid4()), []

    async def work(tx: Transaction) -> None:
        for number in range(3):
            await tx.execute(
                "MERGE (n:Cut {id: $id}) SET n.n = $n RETURN n, range(1, 500)",
                {"id": org, "n": number},
            )

    async with proxy(port) as way:
        address = f"bolt://127.0.0.1:{way.port}"
        async with Store.open(address, neo4j_server.user, neo4j_server.password) as store:
            is_over = False

            async def hammer(is_writing: bool) -> None:
                while not is_over:
                    try:
                        if is_writing:
                            await store.transact(work, limits=SHORT)
                        else:
                            await store.read("RETURN range(1, 500) AS r", {}, limits=SHORT)
                    except Exception as error:
                        if not (isinstance(error, MirageError) and error.is_retryable):
                            strange.append(repr(error))

            hammering = [asyncio.create_task(hammer(number % 2 == 0)) for number in range(6)]
            for _ in range(30):
                way.become(draw.choice([Fault.RESET, Fault.CUT, Fault.SILENT, Fault.NONE]))
                await asyncio.sleep(draw.uniform(0.02, 0.3))
            way.become(Fault.NONE)
            is_over = True
            await asyncio.wait(hammering, timeout=60)
            assert all(task.done() for task in hammering)
            await asyncio.gather(*hammering)
            await store.execute("MATCH (n:Cut {id: $id}) DETACH DELETE n", {"id": org})
    assert strange == []


async def test_whether_the_database_was_away_lately_is_known(neo4j_server: Neo4jAddress) -> None:
    port = urlsplit(neo4j_server.uri).port
    assert port is not None
    lately = timedelta(seconds=60)
    async with proxy(port) as way:
        address = f"bolt://127.0.0.1:{way.port}"
        async with Store.open(address, neo4j_server.user, neo4j_server.password) as store:
            await store.read("RETURN 1 AS one")
            with pytest.raises(ClientError):
                await store.read("RETURN nothing AS one")
            assert not store.was_away(lately), "a wrong question is no absence"
            way.become(Fault.RESET)
            with pytest.raises(StoreUnavailable):
                await store.read("RETURN 1 AS one", limits=SHORT)
            way.become(Fault.NONE)
            await store.read("RETURN 1 AS one")
            assert store.was_away(lately)
            assert not store.was_away(timedelta())


@pytest.mark.timeout(120)
async def test_nobody_waits_long_for_a_database_that_has_fallen_silent(
    neo4j_server: Neo4jAddress,
) -> None:
    port = urlsplit(neo4j_server.uri).port
    assert port is not None
    async with proxy(port) as way:
        address = f"bolt://127.0.0.1:{way.port}"
        async with (
            Store.open(address, neo4j_server.user, neo4j_server.password) as store,
            store.noticing_silence(),
        ):
            slow = "UNWIND range(1, 6000000) AS n RETURN sum(n * n % 7)"
            # What takes long is waited for while the database is there.
            assert await store.read_single(slow) > 0
            waits: list[float] = []

            async def ask(*, is_writing: bool) -> None:
                began = time.monotonic()
                asked = (
                    store.execute("CREATE (n:Cut) DELETE n")
                    if is_writing
                    else store.read("RETURN 1", limits=Limits(10, 1.5))
                )
                with pytest.raises(StoreUnavailable, match="does not answer"):
                    await asked
                waits.append(time.monotonic() - began)

            way.become(Fault.SILENT)
            for _ in range(3):
                await asyncio.gather(*(ask(is_writing=number % 2 == 0) for number in range(6)))
            assert store.was_away(timedelta(seconds=5))
            assert max(waits) < 3  # 1.6 s on a machine with nothing else to do
            way.become(Fault.NONE)
            assert await store.read_single("RETURN 1") == 1
