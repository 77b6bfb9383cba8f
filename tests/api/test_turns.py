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
# `me` is no read of collected entities, and the variable in the list cannot be compiled.
QUERY = """query Q($w: DomainNameWhere!, $a: String!) {
  me { id }
  domainNames(where: {and: [$w, {name: {in: [$a]}}]}) { totalCount }
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
    found = await caller.ask(QUERY, w=CONDITIONS, a="x.example")
    waiting.cancel()
    assert found["domainNames"]["totalCount"] == 0
    assert longest < 0.15  # seconds of this thread; all of it took more than half a second
