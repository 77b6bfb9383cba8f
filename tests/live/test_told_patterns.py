"""What enters and leaves patterns is told over channels: of those that are to be told of, once, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest_asyncio

from graph.correlate.anchors import Touched
from graph.facts import Answer
from graph.patterns.watching import Patterns
from graph.store import Store
from graph.writer import Writer
from server.modules.catalog import registry
from server.notify.events import ChannelEvent
from server.notify.recipients import Mailboxes
from server.notify.sending import Sending
from tests.live.test_channels import Office
from tests.support.correlating import MAIL, NEW, NOW, OLD, SITE, day, presents, touched_by, write
from tests.support.patterns import NAME, TEXT, change, keeper, pattern
from tests.support.receiving import receiving


@pytest_asyncio.fixture(loop_scope="session")
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with receiving(tmp_path) as (receiver, egress):
        yield Office(store, receiver, Sending(registry(), egress, Mailboxes(store)))


async def save(office: Office, *, is_told: bool | None = True) -> None:
    await keeper(office.store, office.org).save(NAME, TEXT, change(), is_told)
    await Patterns(office.store).follow(office.org, NOW)


async def said(office: Office, tlp: str, *answers: Answer) -> Touched:
    async with Writer(office.store) as writer:
        marked = [replace(each, tlp=tlp) for each in answers]
        return touched_by(await writer.write(office.org, marked))


async def look(office: Office, touched: Touched, now: datetime) -> None:
    """As two correlators do at once."""
    await asyncio.gather(
        *(Patterns(office.store).evaluate(office.org, touched, now) for _ in range(2))
    )


async def test_what_enters_and_leaves_together_is_told_once(office: Office) -> None:
    kept = await office.channel(ChannelEvent.WATCH_MATCHED)
    await write(office.store, office.org, presents(MAIL, OLD, day(-2)))
    await save(office)
    assert await office.left() == 0, "what is there as it is saved is no news"

    await look(office, await said(office, "", presents(SITE, OLD, day(-1))), day(1))
    await look(
        office,
        await said(office, "", presents(SITE, NEW, day(2)), presents(MAIL, None, day(2))),
        day(2),
    )
    entered, both = await office.told(kept)
    assert (entered["type"], both["type"]) == ("watch.matched", "watch.matched")
    data = both["data"]
    assert data["title"] == "Certificates that services present: 1 entered, 2 left"
    assert data["text"].splitlines() == [
        "Entered:",
        SITE.key,
        "Left:",
        *sorted([MAIL.key, SITE.key]),
    ]
    assert (data["fields"]["entered"], data["fields"]["left"], data["tlp"]) == (1, 2, "")
    assert data["about"] == (await pattern(office.store, office.org)).id
    assert data["fields"]["question"].startswith(f'{{ pattern(id: "{data["about"]}")')
    assert entered["data"]["fields"]["entered"] == 1
    assert len(await office.told(kept)) == 2, "nothing is sent again"


async def test_only_of_those_that_are_to_be_told_of(office: Office) -> None:
    await office.channel(ChannelEvent.WATCH_MATCHED)
    await save(office, is_told=None)
    await look(office, await said(office, "", presents(SITE, OLD, day(-1))), day(1))
    assert await office.left() == 0
    await save(office)
    await save(office, is_told=None)  # as it is
    await look(office, await said(office, "", presents(MAIL, OLD, day(-1))), day(1))
    assert await office.left() == 1
    await save(office, is_told=False)
    await look(office, await said(office, "", presents(MAIL, NEW, day(2))), day(2))
    assert await office.left() == 1


async def test_what_is_marked_above_the_ceiling_is_neither_told_nor_counted(office: Office) -> None:
    low = await office.channel(ChannelEvent.WATCH_MATCHED, ceiling="GREEN")
    high = await office.channel(ChannelEvent.WATCH_MATCHED, name="high", ceiling="RED")
    await save(office)
    touched = await said(office, "", presents(SITE, OLD, day(-2)))
    hidden = await said(office, "RED", presents(MAIL, NEW, day(-2)))
    both = Touched.of(touched.ids | hidden.ids)
    await look(office, both, day(1))
    await office.spread()

    assert [each["tlp"] for each in await office.log(low)] == [""]
    assert sorted(each["tlp"] for each in await office.log(high)) == ["", "RED"]
    [told] = await office.told(low)
    assert told["data"]["title"].endswith(": 1 entered")
    assert MAIL.key not in told["data"]["text"]

    # It leaves as what it was when it entered, though it may be open by then.
    touched = await said(office, "", presents(MAIL, None, day(2)))
    await look(office, touched, day(2))
    await office.spread()
    assert len(await office.log(low)) == 1
    assert len(await office.log(high)) == 3
