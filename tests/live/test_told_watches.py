"""Changed answers are told over channels: of those that are to be told of, once, and how much it was alone."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from graph.queries import watch as queries
from graph.store import Store
from graph.watches.desk import Answer, Desk, Next, Taken
from graph.watches.difference import difference, written
from graph.writer import Written
from server.modules.catalog import registry
from server.notify.events import ChannelEvent
from server.notify.recipients import Mailboxes
from server.notify.sending import Sending
from tests.live.test_channels import Office
from tests.support.receiving import receiving
from tests.support.saved import write_query

BEFORE = {"l": [{"id": "1", "caption": "one.example"}], "n": 1}
AFTER = {"l": [{"id": "2", "caption": "two.example"}, {"id": "3", "caption": "three.example"}], "n": 2}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with receiving(tmp_path) as (receiver, egress):
        yield Office(store, receiver, Sending(registry(), egress, Mailboxes(store)))


async def watch(office: Office, tlp: str = "", *, is_told: bool = True) -> str:
    query = str(uuid.uuid4())
    await write_query(office.store, office.org, "ann", query, tlp)
    params = queries.WatchParams(
        id=query, org=office.org, owner="ann", is_told=is_told, now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    await office.store.fetch(queries.UPSERT_WATCH.bind(params))
    return query


async def take(office: Office, query: str) -> Taken:
    await office.store.execute(
        "MATCH (w:Watch {id: $id}) SET w.due_at = $then, w.not_before = $then",
        {"id": query, "then": office.clock() - timedelta(hours=1)},
    )
    taken = await Desk(office.store).take(query, "", office.clock())
    assert taken is not None
    return taken


async def say(office: Office, taken: Taken, answer: Any, before: Any = None) -> Written | None:
    now = office.clock()
    parts = difference(before, answer) if before else ()
    said = Answer(written(answer).decode(), "all", "RED", ["READ_GRAPH"], parts)
    then = Next("", now + timedelta(hours=1), now)
    return await Desk(office.store).answered(taken, said, then, now, 10)


async def test_how_much_changed_is_told_once(office: Office) -> None:
    kept = await office.channel(ChannelEvent.WATCH_CHANGED)
    query = await watch(office)
    assert await say(office, await take(office, query), BEFORE) is None
    assert await office.left() == 0, "what is there as it is watched is no news"

    taken = await take(office, query)
    # Twice, as somebody would who does not know that it went well.
    told = await asyncio.gather(*(say(office, taken, AFTER, BEFORE) for _ in range(2)))
    first = next(each for each in told if each)
    assert [group.type for group in first.events] == ["watch.changed"]
    [sent] = await office.told(kept)
    assert sent["type"] == "watch.changed"
    data = sent["data"]
    assert data["title"] == f"The answer to {query} changed: 2 entered, 1 left, 1 changed"
    counts = {name: data["fields"][name] for name in ("entered", "left", "changed")}
    assert counts == {"entered": 2, "left": 1, "changed": 1}
    assert data["fields"]["question"].startswith(f'{{ savedQuery(id: "{query}")')
    assert "example" not in data["text"]
    assert data["about"] == query
    assert len(await office.told(kept)) == 1, "nothing is sent again"


async def test_only_of_those_that_are_to_be_told_of_and_not_above_the_ceiling(
    office: Office,
) -> None:
    low = await office.channel(ChannelEvent.WATCH_CHANGED, ceiling="GREEN")
    high = await office.channel(ChannelEvent.WATCH_CHANGED, name="high", ceiling="RED")
    for tlp, is_told in (("", False), ("AMBER", True)):
        query = await watch(office, tlp, is_told=is_told)
        await say(office, await take(office, query), BEFORE)
        await say(office, await take(office, query), AFTER, BEFORE)
    await office.spread()
    assert await office.log(low) == []
    assert [each["tlp"] for each in await office.log(high)] == ["AMBER"]


async def test_of_what_is_watched_no_more_nothing_is_told(office: Office) -> None:
    kept = await office.channel(ChannelEvent.WATCH_CHANGED)
    query = await watch(office)
    await say(office, await take(office, query), BEFORE)
    await say(office, await take(office, query), AFTER, BEFORE)
    params = queries.OneParams(id=query, org=office.org)
    await office.store.fetch(queries.DELETE_WATCH.bind(params))
    await office.spread()
    assert await office.log(kept) == []
    assert await office.left() == 0
