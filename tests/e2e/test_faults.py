"""The fault matrix in small: a few of its rows once, at moments that a fixed seed gives, on the session's servers."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from bench._kit.servers import Servers
from bench.faults import scanning
from bench.faults.compare import facts_of
from bench.faults.keeper import keeping
from bench.faults.row import Row
from bench.faults.rows.databases import Deadlocks
from bench.faults.rows.workers import DeliveredAgain, WorkerKilled
from bench.faults.world import APIS, WORKERS, World, populated
from graph.store import Store
from tests.support.keys import AS_TEXT
from tests.support.roles import end_open_runs
from tests.support.running_lab import start_lab
from tests.support.stack import Neo4jAddress

SEED = "faults"
SMALL = scanning.Workload(6)


class KilledInSmall(WorkerKilled):
    workload: ClassVar[scanning.Workload] = SMALL


class ToldInSmall(DeliveredAgain):
    workload: ClassVar[scanning.Workload] = SMALL


class DeadlocksInSmall(Deadlocks):
    lasts_s = 2.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    neo4j_server: Neo4jAddress, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    lab = start_lab(folder)
    address = neo4j_server
    async with Store.open(address.uri, address.user, address.password) as store:
        await store.wait_ready()
        await end_open_runs(store)
    servers = Servers(
        address.uri, address.user, address.password, redis_url, AS_TEXT, folder, is_neo4j_given=True
    )
    async with (
        keeping() as keeper,
        populated(keeper, servers, lab.path, (APIS[0], *WORKERS)) as made,
    ):
        yield made
    lab.process.terminate()
    lab.process.communicate(timeout=10)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "row", [KilledInSmall(), ToldInSmall(), DeadlocksInSmall()], ids=lambda r: r.title
)
async def test_nothing_is_lost_or_doubled(world: World, row: Row) -> None:
    if row.workload is not None:
        await scanning.run_quietly(world, row.workload)
    await world.begin()
    outcome = await row.inject(world, random.Random(SEED))
    assert (outcome.lost, outcome.doubled, outcome.broken) == ((), (), ())
    # How quickly is told by the matrix itself, on a machine of its own.


@pytest.mark.timeout(60)
async def test_what_was_written_twice_or_not_at_all_would_be_noticed(world: World) -> None:
    wanted = await scanning.run_quietly(world, SMALL)
    await world.begin()
    run = await scanning.start(world, SMALL)
    assert await scanning.ended(world, run) == ()
    assert (await scanning.compared(world, SMALL)).lost == ()
    await world.store.execute(
        "MATCH (o:Observation {org: $org}) WITH o ORDER BY o.id LIMIT 1 DETACH DELETE o",
        {"org": world.org},
    )
    await world.store.execute(
        "MATCH (n:IPAddress {org: $org}) WITH n ORDER BY n.id LIMIT 1 SET n.supports = n.supports + 1",
        {"org": world.org},
    )
    found = await scanning.compared(world, SMALL)
    assert [each.split()[0] for each in found.lost] == ["entity", "observation"]
    assert [each.split()[0] for each in found.doubled] == ["entity"]
    assert await facts_of(world.store, world.org) != wanted
