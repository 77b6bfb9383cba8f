"""Moments cross the wire as the driver itself has them cross, both ways, whichever of the two does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from neo4j.time import DateTime

from graph.door.values import plain
from graph.moments import Moment
from graph.store import Store

WEST = timezone(-timedelta(hours=3, minutes=30))
PARIS = ZoneInfo("Europe/Paris")
WRITTEN = [
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.123456789+05:30",
    "2026-01-02T03:04:05.5-11:00",
    "1969-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
]


@pytest.mark.parametrize("text", WRITTEN)
async def test_a_moment_is_all_that_the_database_keeps(store: Store, text: str) -> None:
    found = await store.read_single("RETURN datetime($text)", {"text": text})

    assert type(found) is Moment
    theirs = DateTime.from_iso_format(text.replace("Z", "+00:00"))
    assert found == theirs.to_native() == found.to_native()
    assert found.utcoffset() == theirs.utcoffset()
    assert plain(found) == theirs.iso_format()
    assert await store.read_single("RETURN $back = datetime($text)", {"back": found, "text": text})


async def test_a_moment_of_a_named_zone_stays_the_drivers(store: Store) -> None:
    text = "2026-01-02T03:04:05[Europe/Paris]"
    found = await store.read_single("RETURN datetime($text)", {"text": text})

    assert type(found) is DateTime
    assert await store.read_single("RETURN $back = datetime($text)", {"back": found, "text": text})


SENT = [
    (datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), "2026-01-02T03:04:05.678901Z"),
    (datetime(1960, 1, 2, 3, 4, 5, 1, UTC), "1960-01-02T03:04:05.000001Z"),
    (datetime(2026, 1, 2, 3, 4, 5, tzinfo=WEST), "2026-01-02T03:04:05-03:30"),
    (datetime(2026, 7, 2, 3, 4, 5, tzinfo=PARIS), "2026-07-02T03:04:05+02:00[Europe/Paris]"),
    (datetime(2026, 7, 2, 3, 4, 5), "2026-07-02T03:04:05"),  # noqa: DTZ001 - a local one
    (DateTime(2026, 1, 2, 3, 4, 5, 123456789, UTC), "2026-01-02T03:04:05.123456789Z"),
]


@pytest.mark.parametrize(("given", "text"), SENT)
async def test_a_moment_is_sent_as_it_is(
    store: Store, given: datetime | DateTime, text: str
) -> None:
    assert await store.read_single("RETURN toString($given)", {"given": given}) == text


async def test_an_offset_that_the_protocol_has_no_place_for_is_refused(store: Store) -> None:
    odd = datetime(2026, 1, 2, tzinfo=timezone(timedelta(seconds=1, microseconds=1)))
    with pytest.raises(ValueError, match="utcoffset"):
        await store.read_single("RETURN $odd", {"odd": odd})
