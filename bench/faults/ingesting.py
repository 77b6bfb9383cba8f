"""Batches that this process writes as collectors do, journalled once they are acknowledged, and looked for afterwards.

A batch is one transaction, so it is there whole or not at all; each of its names has been stated once, so a batch that
was applied twice shows in the sums of what supports them.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.faults.compare import Difference
from bench.faults.journal import acknowledged, read
from bench.faults.world import World
from graph.errors import StoreUnavailable
from graph.facts import Answer, Outcome
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo
from graph.store import Store
from graph.writer import Writer

WRITTEN = "write"
BATCH = 25
HOT = 50  # addresses that all batches state, in an order of their own
RELIABILITY = 0.5
_BATCHES = """
MATCH (o:Observation {org: $org})-[:OF]->(n:DomainName)
WITH split(n.key, '.')[1] AS batch, n, count(o) AS observations
RETURN batch, count(n) AS names, max(observations) AS observations, max(n.supports) AS supports
"""
_HOT = "MATCH (n:IPAddress {org: $org}) RETURN n.key AS address, n.supports AS supports"
_NAMES = "MATCH (n:DomainName {org: $org})-[:RESOLVES_TO]->(a {key: $address}) RETURN count(n)"


@dataclass
class Ingesting:
    """Writers at work in an organization. `took` are the seconds of each acknowledged batch, `acks` their moments."""

    world: World
    batch: int = BATCH
    org: str = field(default_factory=lambda: str(uuid.uuid4()))
    took: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_over: bool = False

    async def write_on(self, store: Store, dice: random.Random) -> None:
        """Write one batch after another, each until it is acknowledged."""
        async with Writer(store) as writer:
            while not self.is_over:
                await self._write(writer, f"b{uuid.uuid4().hex[:12]}", dice)

    async def _write(self, writer: Writer, batch: str, dice: random.Random) -> None:
        began, now = time.monotonic(), datetime.now(UTC)
        answers = [_answer(batch, number, now, dice) for number in range(self.batch)]
        while True:
            try:
                await writer.write(self.org, answers)
            except StoreUnavailable as error:
                self.refused.append(str(error))
                await asyncio.sleep(0.2)
            else:
                break
        self.world.journal.note(WRITTEN, batch, self.org)
        self.acks.append(time.monotonic())
        self.took.append(time.monotonic() - began)

    async def acknowledged_after(self, moment: float, within_s: float = 60) -> float:
        """Wait for the first acknowledgement after a moment (monotonic); seconds in between. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                later = [ack for ack in self.acks if ack > moment]
                if later:
                    return later[0] - moment
                await asyncio.sleep(0.02)

    async def balance(self) -> Difference:
        """Batches that are missing or not whole, and batches and hot addresses that were counted twice."""
        rows = await self.world.store.read(_BATCHES, {"org": self.org})
        there = {row["batch"]: row for row in rows}
        told = acknowledged(read(self.world.journal.path), WRITTEN, self.org)
        lost = [f"batch {each}" for each in told if each not in there]
        lost += [
            f"half of batch {each}" for each, row in there.items() if row["names"] != self.batch
        ]
        doubled = [
            f"batch {each}"
            for each, row in there.items()
            if (row["observations"], row["supports"]) != (1, 1)
        ]
        for row in await self.world.store.read(_HOT, {"org": self.org}):
            given = {"org": self.org, "address": row["address"]}
            if (names := await self.world.store.read_single(_NAMES, given)) != row["supports"]:
                doubled.append(f"{row['address']} counts {row['supports']} statements of {names}")
        return Difference(tuple(lost), tuple(doubled))


def _answer(batch: str, number: int, now: datetime, dice: random.Random) -> Answer:
    """A made-up answer about one name, with an address that many others have, too."""
    name = DomainName(name=f"n{number}.{batch}.ingest.test")
    address = IPAddress(address=f"198.51.100.{dice.randrange(HOT)}")
    facts = (ResolvesTo(source=name, target=address, rrtype="A"),)
    return Answer(name, "faults", Outcome.FOUND, now, now, facts, RELIABILITY)


@asynccontextmanager
async def ingesting(
    world: World, dice: random.Random, writers: int = 4, batch: int = BATCH
) -> AsyncIterator[Ingesting]:
    """So many writers at once, each with its own transactions, as in other processes; they end what they began."""
    made = Ingesting(world, batch)
    given = world.servers
    async with Store.open(given.neo4j_uri, given.neo4j_user, given.neo4j_password) as store:
        tasks = [
            asyncio.create_task(made.write_on(store, random.Random(dice.random())))
            for _ in range(writers)
        ]
        try:
            yield made
            made.is_over = True
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
