"""Events as they lie in the Redis stream `mirage:events`, and reading stretches of it.

An entry of the stream is what one transaction did: groups of events, one event for each id of a group. A cursor is the
entry's id and the event's number within it, so a reader can go on behind any single event. Numbers come from what an
event is about, not from counting: those who may not see all events of an entry cannot tell how many there are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from graph.errors import InvalidQuestion
from server.jobs.events import STREAM
from server.jobs.messages import UNSAID, is_readable
from server.jobs.queue import Queue

STRETCH = 200
WAIT_MS = 5_000

MOST_NUMBER = 2**60

_CURSOR = re.compile(r"(\d{1,20})-(\d{1,20})-(\d{1,19})\Z")


@dataclass(frozen=True, order=True)
class Place:
    """A place in the stream: behind the event with `number` in the entry `time`-`serial`."""

    time: int = 0
    serial: int = 0
    number: int = 0

    @classmethod
    def of_cursor(cls, cursor: str) -> Place:
        """The place a caller's cursor stands for. Raises InvalidQuestion."""
        found = _CURSOR.match(cursor)
        if found is None or max(int(found[1]), int(found[2])) >= 2**64:
            raise InvalidQuestion("after: not a cursor of an event; give the cursor as it came")
        return cls(int(found[1]), int(found[2]), int(found[3]))

    @classmethod
    def behind_entry(cls, entry_id: str) -> Place:
        """The place behind the whole entry."""
        time, _, serial = entry_id.partition("-")
        return cls(int(time), int(serial or 0), MOST_NUMBER)

    @property
    def entry_id(self) -> str:
        """The entry's id."""
        return f"{self.time}-{self.serial}"

    @property
    def cursor(self) -> str:
        """The place as callers carry it."""
        return f"{self.time}-{self.serial}-{self.number}"


@dataclass(frozen=True)
class Event:
    """One thing that happened to one object of an organization."""

    place: Place
    type: str
    org: str
    at: datetime
    run: str
    kind: str
    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


def events_of(entry_id: str, fields: Mapping[bytes, bytes]) -> list[Event]:
    """The events of one entry, in the order of their places; none where it is of a version that is not read here."""
    if not is_readable("event", int(fields.get(b"v", UNSAID))):
        return []
    start = Place.behind_entry(entry_id)
    found = [
        Event(
            Place(start.time, start.serial, _number(group["type"], each)),
            group["type"],
            group["org"],
            datetime.fromisoformat(group["at"]),
            group["run"],
            group["kind"],
            each,
            group["data"],
        )
        for group in orjson.loads(fields[b"e"])
        for each in group["ids"]
    ]
    return sorted(found, key=lambda event: event.place)


def _number(event_type: str, object_id: str) -> int:
    digest = hashlib.blake2b(f"{event_type} {object_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MOST_NUMBER


async def latest(queue: Queue) -> Place:
    """The place behind everything in the stream."""
    entries = await queue.xrevrange(STREAM, count=1)
    return Place.behind_entry(entries[0][0].decode()) if entries else Place()


async def was_lost(queue: Queue, place: Place) -> bool:
    """Whether events behind `place` may have left the stream, so that going on would miss some.

    The entry of a place was in the stream once: if the oldest one is younger, what lay between may be gone.
    """
    if place == Place():
        return False
    entries = await queue.xrange(STREAM, count=1)
    if not entries:
        return True
    oldest = Place.behind_entry(entries[0][0].decode())
    return (place.time, place.serial) < (oldest.time, oldest.serial)


async def between(queue: Queue, after: Place, until: Place) -> AsyncIterator[list[Event]]:
    """The events behind `after` up to `until`, an entry at a time."""
    start = after.entry_id
    while True:
        entries = await queue.xrange(STREAM, min=start, max=until.entry_id, count=STRETCH)
        for raw_id, fields in entries:
            found = [e for e in events_of(raw_id.decode(), fields) if after < e.place <= until]
            if found:
                yield found
        if len(entries) < STRETCH:
            return
        start = f"({entries[-1][0].decode()}"


async def following(queue: Queue, place: Place) -> tuple[list[Event], Place]:
    """Wait a few seconds for entries behind `place`; what came, and the place behind it."""
    answer = await queue.xread({STREAM: place.entry_id}, count=STRETCH, block=WAIT_MS)
    events: list[Event] = []
    for _, entries in answer or []:
        for raw_id, fields in entries:
            events += events_of(raw_id.decode(), fields)
            place = Place.behind_entry(raw_id.decode())
    return events, place
