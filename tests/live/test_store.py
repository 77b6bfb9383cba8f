"""The store's promises about transactions, on a real Neo4j."""

from __future__ import annotations

import asyncio
import uuid

from graph.queries import job
from graph.store import Store, Transaction


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
