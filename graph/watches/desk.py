"""Who looks at which watch, and what came of it: written by whoever took the watch last, or by nobody.

A watch is taken in the database, with a number that grows each time (its fence), and for a while only. What came of a
look is written in one transaction with the event and the notice that tell of it, and only while the number is the same:
so two processes that look at once, or one that was thought dead, never tell of one change twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from graph.correlate.outbox import leave_events
from graph.notices import Happened, leave_notices
from graph.queries import watch as queries
from graph.store import Store, Transaction
from graph.watches.difference import Part
from graph.watches.telling import Summary, summary
from graph.writer import EventGroup, Written

TAKEN_FOR = timedelta(seconds=90)
AT_ONCE = 500
LONGEST_REASON = 500


@dataclass(frozen=True)
class Taken:
    """A watch that was taken, and the bookmarks behind which its query is asked."""

    row: queries.TakenRow
    bookmarks: tuple[str, ...]

    @property
    def id(self) -> str:
        """The watch's id, which is that of its query."""
        return str(self.row.watch["id"])

    @property
    def org(self) -> str:
        """The organization."""
        return str(self.row.watch["org"])

    @property
    def number(self) -> int:
        """How often its query had been saved."""
        return int(self.row.query["number"])


@dataclass(frozen=True)
class Next:
    """When it is looked at again: by the clock, and at the earliest; and the place until which all was looked at."""

    seen: str
    due_at: datetime
    not_before: datetime


@dataclass(frozen=True)
class Answer:
    """An answer as JSON, what it differs in from the last one, and with which rights it was asked.

    `access` tells answers apart that cannot be compared. Answer and history are for who may read and do as much.
    """

    text: str
    access: str
    clearance: str
    needs: Sequence[str]
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Desk:
    """The watches in the database."""

    store: Store

    async def waiting(
        self, now: datetime, heard: Mapping[str, str]
    ) -> Sequence[queries.WaitingRow]:
        """What is to be looked at; `heard` are places in the stream of events by organizations."""
        places: list[queries.Heard] = [{"org": org, "place": heard[org]} for org in sorted(heard)]
        params = queries.WaitingParams(now=now, heard=places, limit=AT_ONCE)
        return await self.store.fetch(queries.LIST_DUE.bind(params))

    async def take(self, watch: str, place: str, now: datetime) -> Taken | None:
        """Take a watch; None where somebody else has, or it is not to be looked at any more."""
        params = queries.TakeParams(id=watch, place=place, now=now, until=now + TAKEN_FOR)

        async def work(tx: Transaction) -> list[queries.TakenRow]:
            return await tx.fetch(queries.TAKE_WATCH.bind(params))

        rows, bookmarks = await self.store.transact(work)
        return Taken(rows[0], bookmarks) if rows else None

    async def answered(
        self, taken: Taken, answer: Answer, then: Next, now: datetime, most: int
    ) -> Written | None:
        """Keep an answer, and what changed if that is anything; None where nothing is to be published."""
        properties = {
            "checked_at": now,
            "number": taken.number,
            "answer": answer.text,
            "access": answer.access,
            "clearance": answer.clearance,
            "needs": list(answer.needs),
            "failed_at": None,
            "failure": None,
        }
        happened = summary(answer.parts) if answer.parts else None

        async def work(tx: Transaction) -> Written | None:
            held = await self._finish(tx, taken, then, properties)
            if held is None or happened is None:
                return None
            change = await _keep(tx, taken, (answer, happened), now, most)
            return await _tell(tx, taken, held, (change, happened), now)

        written, _ = await self.store.transact(work)
        return written

    async def failed(
        self, taken: Taken, reason: str, then: Next, now: datetime, *, keeps_answer: bool
    ) -> None:
        """Remember why its query could not be asked; without `keeps_answer` the last answer is nobody's any more."""
        properties: dict[str, Any] = {
            "checked_at": now,
            "failed_at": now,
            "failure": reason[:LONGEST_REASON],
        }
        if not keeps_answer:
            properties |= {"answer": None, "access": None, "number": None}

        async def work(tx: Transaction) -> None:
            await self._finish(tx, taken, then, properties)

        await self.store.transact(work)

    async def put_off(self, taken: Taken, until: datetime) -> None:
        """Leave it to be looked at later: nothing came of it now."""
        then = Next("", until, until)

        async def work(tx: Transaction) -> None:
            await self._finish(tx, taken, then, {})

        await self.store.transact(work)

    async def _finish(
        self, tx: Transaction, taken: Taken, then: Next, properties: Mapping[str, Any]
    ) -> queries.HeldRow | None:
        """Write it where nobody has taken it since; None where that, or its query, is not as it was."""
        fence = queries.FenceParams(id=taken.id, fence=taken.row.watch["fence"])
        held = await tx.fetch(queries.LOCK_WATCH.bind(fence))
        if not held:
            return None
        is_same = held[0].number == taken.number
        params = queries.FinishParams(
            id=taken.id,
            seen=then.seen if is_same else "",
            due_at=then.due_at if is_same else None,
            not_before=then.not_before if is_same else None,
            properties=dict(properties) if is_same else {},
        )
        await tx.fetch(queries.FINISH_LOOK.bind(params))
        return held[0] if is_same else None


async def _keep(
    tx: Transaction, taken: Taken, changed: tuple[Answer, Summary], now: datetime, most: int
) -> str:
    answer, happened = changed
    change = str(uuid.uuid4())
    params = queries.ChangeParams(
        id=change,
        org=taken.org,
        watch=taken.id,
        at=now,
        most=most,
        properties={
            **happened.counts,
            "parts": orjson.dumps(happened.parts).decode(),
            "clearance": answer.clearance,
            "needs": list(answer.needs),
        },
    )
    await tx.fetch(queries.UPSERT_CHANGE.bind(params))
    return change


async def _tell(
    tx: Transaction,
    taken: Taken,
    held: queries.HeldRow,
    changed: tuple[str, Summary],
    now: datetime,
) -> Written:
    change, happened = changed
    if held.is_told:
        told = Happened(
            "watch.changed", taken.id, title=held.name, details=happened.counts, part=change
        )
        await leave_notices(tx, taken.org, now, [told])
    about = {"watch": taken.id, "name": held.name, "owner": str(taken.row.watch["owner"])}
    group = EventGroup("watch.changed", "WatchChange", (change,), "", about)
    return await leave_events(tx, taken.org, now, [group])
