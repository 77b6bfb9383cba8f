"""From the write log to everybody: events of committed transactions go to one Redis stream.

An event is published at least once: what a dying process left in the outbox is published by `relay`.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from graph.correlate.anchors import ANY_TYPE, Touched
from graph.queries import outbox as queries
from graph.store import Store
from graph.writer import EventGroup, Written
from server.jobs.log import get_logger
from server.jobs.messages import SCHEMA
from server.jobs.queue import TOLD_WITHIN_S, hint_correlate

STREAM = "mirage:events"
KEPT = 100_000  # entries; about a day of busy scanning
LEFT_ALONE = timedelta(seconds=15)

log = get_logger(__name__)


@dataclass(frozen=True)
class Publisher:
    """Publishes what was written. Safe to call again for the same transaction."""

    store: Store
    queue: ArqRedis

    async def __call__(self, written: Written) -> None:
        """Publish a transaction's events now; if Redis is away, the relay does later."""
        payload = orjson.dumps([group.as_json(written.org, written.at) for group in written.events])
        try:
            await self._send(payload, bool(written.events), written.org, bool(written.touched))
        except (RedisError, OSError) as error:
            log.warning(
                "events wait in the outbox", outbox=written.outbox, reason=type(error).__name__
            )
            return
        if not written.touched:
            await self._forget([written.outbox])

    async def tell(self, org: str, group: EventGroup) -> None:
        """Publish an event that no transaction carries, such as progress; it may be lost."""
        payload = orjson.dumps([group.as_json(org, datetime.now(UTC))])
        try:
            await self._send(payload, has_events=True, org=org, has_touched=False)
        except (RedisError, OSError) as error:
            log.warning("an event was not published", type=group.type, reason=type(error).__name__)

    async def relay(self) -> int:
        """Publish what writers left in the outbox, and hint what rules have yet to look at."""
        before = datetime.now(UTC) - LEFT_ALONE
        left = await self.store.fetch(queries.LIST_OUTBOX.bind(queries.OutboxParams(before=before)))
        for row in left:
            if row.has_touched:
                await hint_correlate(self.queue, row.org)
            else:
                payload = zlib.decompress(row.events)
                await self._send(payload, payload != b"[]", row.org, has_touched=False)
                await self._forget([row.id])
        return len(left)

    async def _send(self, payload: bytes, has_events: bool, org: str, has_touched: bool) -> None:
        """Raises RedisError, OSError, also where Redis does not answer soon: then it may have come through or not."""
        async with asyncio.timeout(TOLD_WITHIN_S):
            if has_events:
                await self.queue.xadd(
                    STREAM, {"e": payload, "v": SCHEMA}, maxlen=KEPT, approximate=True
                )
            if has_touched:
                await hint_correlate(self.queue, org)

    async def _forget(self, outbox: list[str]) -> None:
        await self.store.fetch(queries.DELETE_OUTBOX.bind(queries.IdsParams(ids=outbox)))


async def touched_since(store: Store, org: str, limit: int = 50) -> tuple[Touched, list[str]]:
    """What rules have yet to look at, and the ids of the outbox entries that say so."""
    rows = await store.fetch(queries.LIST_TOUCHED.bind(queries.TouchedParams(org=org, limit=limit)))
    changed: set[str] = set()
    ends: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        own, others = orjson.loads(zlib.decompress(row.touched))
        changed.update(own)
        # Entries from before types were told are lists.
        by_type = others if isinstance(others, dict) else {ANY_TYPE: others}
        for name, ids in by_type.items():
            ends[name].update(ids)
    found = {name: frozenset(ids) for name, ids in ends.items()}
    return Touched(frozenset(changed), found), [row.id for row in rows]


async def settle_touched(store: Store, outbox: list[str]) -> None:
    """Forget outbox entries whose entities rules have looked at."""
    await store.fetch(queries.DELETE_OUTBOX.bind(queries.IdsParams(ids=outbox)))
