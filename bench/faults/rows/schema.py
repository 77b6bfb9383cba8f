"""Rows about the database's schema."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bench._kit.servers import ROOT
from bench.faults.compare import Fact, difference
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import World, own_stack
from graph.store import Store
from server.embedded.neo4j import USER, Memory, Neo4jServer
from server.embedded.process import Child

_MIGRATE = """
import asyncio, os
from graph.migrate import migrate
from graph.store import Store

async def main():
    async with Store.open(os.environ["URI"], "neo4j", os.environ["PASSWORD"]) as store:
        await store.wait_ready()
        await migrate(store)

asyncio.run(main())
"""
_SCHEMA = (
    "SHOW CONSTRAINTS YIELD name, type RETURN ['constraint', name, type] AS fact",
    "SHOW INDEXES YIELD name, type, state RETURN ['index', name, type, state] AS fact",
    "MATCH (m:Migration) RETURN ['migration', m.name] AS fact",
)
# In this order: a constraint's index goes with it.
_NAMES = {
    "CONSTRAINT": "SHOW CONSTRAINTS YIELD name RETURN name",
    "INDEX": "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name",
}
NAME = "neo4j-empty"
WITHIN_S = 120


class MigrationKilled(Row):
    """SIGKILL for who brings an empty database's schema up to date, up to three times before it may end."""

    number = 25
    goal = Goal("starts again and ends the same")
    limit_s = 300.0

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Once undisturbed, then again on the same database emptied, with kills at random moments."""
        async with _database(world) as (server, store):
            began = time.monotonic()
            await _migrated(world, server)
            took = time.monotonic() - began
            wanted = await _schema(store)
            await _empty(store)
            kills = dice.choice((1, 2, 3))
            for _ in range(kills):
                child = _migrating(world, server)
                await asyncio.sleep(took * dice.uniform(0.1, 1))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
                await asyncio.to_thread(child.wait_stopped, 10)
            await _migrated(world, server)
            found = await _schema(store)
        note = f"{kills} kills, {sum(found.values())} parts, {took:.1f} s undisturbed"
        return Outcome.of(difference(wanted, found), note=note)


@asynccontextmanager
async def _database(world: World) -> AsyncIterator[tuple[Neo4jServer, Store]]:
    """An empty Neo4j beside that of the world."""
    plan = own_stack(world.servers.folder / NAME).neo4j().plan
    server = Neo4jServer(replace(plan, memory=Memory(512, 64)))
    server.name = NAME
    await world.keeper.start(server)
    try:
        async with Store.open(plan.uri, USER, server.password) as store:
            yield server, store
    finally:
        await world.keeper.stop(NAME)
        shutil.rmtree(plan.folder)


def _migrating(world: World, server: Neo4jServer) -> Child:
    env = {
        **os.environ,
        "URI": server.plan.uri,
        "PASSWORD": server.password,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-P", "-c", _MIGRATE]
    return Child("migrate", command, world.servers.folder / "migrate.log", env)


async def _migrated(world: World, server: Neo4jServer) -> None:
    """Bring the schema up to date. Raises RuntimeError."""
    child = _migrating(world, server)
    if code := await asyncio.to_thread(child.wait_stopped, WITHIN_S):
        raise RuntimeError(f"the migration ended with exit code {code}:\n{child.output_tail()}")


async def _schema(store: Store) -> Counter[Fact]:
    """What the schema is made of, and the migrations that are recorded."""
    found: Counter[Fact] = Counter()
    for text in _SCHEMA:
        found.update(tuple(row["fact"]) for row in await store.read(text))
    return found


async def _empty(store: Store) -> None:
    """Remove all that a migration makes."""
    for what, text in _NAMES.items():
        for row in await store.read(text):
            await store.run_autocommit(f"DROP {what} {row['name']} IF EXISTS")
    await store.execute("MATCH (n) DETACH DELETE n")
