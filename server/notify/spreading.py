"""From what happened to what is sent: for each channel that wants to know, a notice; of many alike at once, one of all.

Notices lie in the graph with what they tell of until this has seen them. It may run twice, or in two couriers at once:
what was made of them has ids that follow from theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import orjson
import structlog

from collectors._kit.channel import Notice
from graph.facts import MARKINGS, strictest_of
from graph.model.base import name_id
from graph.queries import channel as queries
from graph.queries import run as run_queries
from graph.queries.channel import DeliveryRecord, NoticeRow
from graph.store import Store, Transaction
from server.notify.events import ChannelEvent
from server.notify.kept import Kept
from server.notify.sweeping import Clock, utc_now
from server.notify.telling import (
    MOST_NAMED,
    Sender,
    Told,
    Values,
    notice_of,
    notice_of_many,
    of_finding,
    of_module,
    of_pattern,
    of_run,
    of_watch,
)
from server.vault.envelope import Sealing
from server.vault.places import place

log = structlog.get_logger(__name__)

AT_ONCE = 500
TOGETHER_FROM = 10  # more of one event at once are told together


@dataclass(frozen=True)
class Spreader:
    """Hands what happened to channels. `link` is the address at which people reach Mirage."""

    store: Store
    masters: Sealing
    link: str = ""
    clock: Clock = utc_now

    async def spread(self) -> int:
        """Hand on all that lies there, oldest first; how many deliveries that made."""
        made = 0
        while True:
            asked = queries.LIST_NOTICES.bind(queries.LimitParams(limit=AT_ONCE))
            rows = await self.store.fetch(asked)
            by_org = groupby(sorted(rows, key=lambda row: row.org), key=lambda row: row.org)
            made += sum([await self._of(org, list(some)) for org, some in by_org])
            if len(rows) < AT_ONCE:
                return made

    async def _of(self, org: str, rows: Sequence[NoticeRow]) -> int:
        found = await self.store.fetch(queries.LIST_CHANNELS.bind(queries.OrgParams(org=org)))
        channels = [Kept.of(row.properties) for row in found]
        told = [each for row in rows for each in await self._told(row)]
        sender = Sender(org, rows[0].org_name, self.link)
        made = [each for channel in channels for each in self._over(channel, told, sender)]

        async def work(tx: Transaction) -> None:
            if made:
                params = queries.NewParams(org=org, now=self.clock(), deliveries=made)
                await tx.fetch(queries.UPSERT_DELIVERIES.bind(params))
            gone = queries.IdsParams(ids=[row.id for row in rows])
            await tx.fetch(queries.DELETE_NOTICES.bind(gone))

        await self.store.transact(work)
        log.info(
            "notices were handed to channels", org=org, notices=len(rows), deliveries=len(made)
        )
        return len(made)

    def _over(
        self, channel: Kept, told: Iterable[Told], sender: Sender
    ) -> Iterable[DeliveryRecord]:
        """What is sent over one channel."""
        wanted: dict[ChannelEvent, list[Told]] = defaultdict(list)
        for each in told:
            if channel.wants(each.event, each.severity, each.tlp):
                wanted[each.event].append(each)
        for some in wanted.values():
            if len(some) > TOGETHER_FROM:
                which = name_id(channel.id, "Delivery", *sorted(each.id for each in some))
                yield record(self.masters, channel.id, notice_of_many(some, sender, which))
                continue
            for each in some:
                which = name_id(channel.id, "Delivery", each.id)
                yield record(self.masters, channel.id, notice_of(each, sender, which))

    async def _told(self, row: NoticeRow) -> list[Told]:
        """Something that happened, worded, for each way in which it is marked; nothing where that is gone."""
        try:
            event = ChannelEvent(row.event)
        except ValueError:
            log.warning("an event of another version is not told", called=row.event)
            return []
        if event is ChannelEvent.WATCH_MATCHED:
            return await self._moved(row, event)
        found = await self._worded(row, event)
        if found is None:
            return []
        tlp, (title, text, fields) = found
        return [Told(row.id, event, row.about, row.at, row.severity, tlp, title, text, fields)]

    async def _moved(self, row: NoticeRow, event: ChannelEvent) -> list[Told]:
        """Rows of a pattern that moved together: those that are marked alike are told together."""
        act = str(orjson.loads(row.details)["part"])
        params = queries.MovesParams(org=row.org, act=act, named=MOST_NAMED)
        by_marking: dict[str, list[queries.MovesRow]] = defaultdict(list)
        for each in await self.store.fetch(queries.LIST_PATTERN_MOVES.bind(params)):
            by_marking[strictest_of(each.marks)].append(each)
        return [
            Told(f"{row.id}/{tlp}", event, row.about, row.at, row.severity, tlp, *worded)
            for tlp, moves in sorted(by_marking.items())
            for worded in [of_pattern(row.title, _together(moves))]
        ]

    async def _worded(
        self, row: NoticeRow, event: ChannelEvent
    ) -> tuple[str, tuple[str, str, Values]] | None:
        details: Mapping[str, str | int | float | bool | None] = orjson.loads(row.details)
        about = queries.AboutParams(org=row.org, id=row.about)
        if event.is_of_finding:
            marks = await self.store.fetch(queries.LIST_FINDING_MARKINGS.bind(about))
            if not marks:
                return None
            tlp = strictest_of(each.tlp for each in marks)
            return tlp, of_finding(row.title, row.severity, details)
        if event.is_of_run:
            marks = await self.store.fetch(queries.LIST_RUN_MARKINGS.bind(about))
            tlp = strictest_of(each.tlp for each in marks)
            # As somebody would see it who may read what the scan names, and nothing stricter.
            readable = list(MARKINGS[: MARKINGS.index(tlp) + 1])
            params = run_queries.OneParams(org=row.org, readable=readable, user="", id=row.about)
            run = await self.store.fetch_one(run_queries.GET_RUN.bind(params))
            return (tlp, of_run(event, run.properties)) if run else None
        if event is ChannelEvent.WATCH_CHANGED:
            query = await self.store.fetch_one(queries.GET_WATCHED.bind(about))
            return (query.tlp, of_watch(row.title, details)) if query else None
        return "", of_module(row.about, details)


def _together(moves: Iterable[queries.MovesRow]) -> list[queries.MovesRow]:
    """At most one of each way of moving: those whose strictest marking is the same need not be marked the same."""
    found: dict[bool, queries.MovesRow] = {}
    for each in moves:
        known = found.get(each.is_in)
        found[each.is_in] = (
            each
            if known is None
            else each.model_copy(
                update={
                    "total": known.total + each.total,
                    "captions": [*known.captions, *each.captions][:MOST_NAMED],
                }
            )
        )
    return list(found.values())


def record(
    masters: Sealing, channel: str, notice: Notice, *, is_test: bool = False
) -> DeliveryRecord:
    """A notice as it is kept to be sent, sealed."""
    return {
        "id": notice.id,
        "channel": channel,
        "event": notice.event,
        "tlp": notice.tlp,
        "fingerprint": notice.fingerprint,
        "is_test": is_test,
        "sealed": masters.seal(notice.model_dump_json().encode(), place("Delivery", id=notice.id)),
    }
