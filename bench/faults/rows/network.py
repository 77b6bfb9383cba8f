"""Rows about the network between processes."""

from __future__ import annotations

import asyncio
import random
import time
from typing import ClassVar
from urllib.parse import urlsplit

from bench.faults import load
from bench.faults.proxy import Fault, proxy
from bench.faults.row import Goal, Outcome, Row
from bench.faults.world import World

NAME = "api-behind-proxy"
SETTLED_S = 3.0


class NetworkBreaks(Row):
    """The way between an API process and Neo4j falls silent, resets connections, and cuts answers off half way."""

    number = 23
    goal = Goal("no mutation doubled or lost; 503 within 2 s; answers within 5 s of its return", 5)
    bouts: ClassVar[int] = 3

    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Each way of breaking once, in an order and for times that the dice choose."""
        faults = [Fault.SILENT, Fault.RESET, Fault.CUT]
        dice.shuffle(faults)
        took: list[float] = []
        broken: tuple[str, ...] = ()
        async with proxy(urlsplit(world.servers.neo4j_uri).port or 0) as way:
            program = world.role(NAME, "api", neo4j_uri=f"bolt://127.0.0.1:{way.port}")
            await world.keeper.start(program)
            try:
                async with (
                    load.acting(world, ports=[program.port]) as acts,
                    load.reading(world, ports=[program.port]) as reads,
                ):
                    for fault in faults:
                        await asyncio.sleep(dice.uniform(0.5, 3))
                        began = time.monotonic()
                        way.become(fault)
                        await asyncio.sleep(dice.uniform(SETTLED_S + 1, 10))
                        way.become(Fault.NONE)
                        back = time.monotonic()
                        took.append(await world.keeper.ready(NAME))
                        meanwhile = [r for at, r in reads.replies if began + SETTLED_S < at < back]
                        broken += load.slow(meanwhile)
                broken += await acts.answered_otherwise(len(acts.answers))
            finally:
                await world.keeper.stop(NAME)
        return Outcome.of(
            await acts.balance(), recovery_s=max(took), broken=broken + load.final(acts.client.replies),
            note=f"{', '.join(faults)}; {len(acts.answers)} notes",
        )  # fmt: skip
