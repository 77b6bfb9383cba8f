"""Whoever asks for much does not keep others waiting."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from graph.model.network import DomainName
from graph.store import Store
from graph.writer import Writer
from server.graphql.entities import reading
from server.graphql.entities.record import EntityRecord
from tests.api.conftest import Caller
from tests.support.facts import answer

CONDITIONS = {"or": [{"name": {"contains": f"nothing{i}"}} for i in range(90)]}
# No statement takes this `first`, so the list goes field by field; nobody tells, since nothing is found to ask it of.
QUERY = """query Q($w: DomainNameWhere!) {
  domainNames(where: $w) { totalCount nodes { resolvesTo(first: 501) { totalCount } } }
}"""


async def test_going_through_many_entities_gives_others_a_turn(
    caller: Caller, store: Store, monkeypatch: Any
) -> None:
    one = DomainName(name="one.example")
    async with Writer(store) as writer:
        await writer.write(caller.org, [answer(one, 1, one)])
    candidates = reading._candidates

    async def many(*given: Any) -> list[EntityRecord]:
        return await candidates(*given) * 10_000

    monkeypatch.setattr(reading, "_candidates", many)
    longest = 0.0

    async def others() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    waiting = asyncio.create_task(others())
    found = await caller.ask(QUERY, w=CONDITIONS)
    waiting.cancel()
    assert found["domainNames"]["totalCount"] == 0
    assert longest < 0.15  # seconds of this thread; all of it took more than half a second
