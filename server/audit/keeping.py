"""What is done to the chains by the clock: ends that nobody wrote, and rows that are old enough to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from graph.queries import audit as queries
from graph.store import Store
from server.audit.chain import CUT_AT_ONCE, ChainBroken, cut
from server.audit.events import SYSTEM, UNKNOWN, Actor, Event, Link
from server.audit.journal import Audit
from server.vault.envelope import Sealing

NOBODY_ENDS_AFTER = timedelta(minutes=20)  # a mutation may take 15
AT_ONCE = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Keeping:
    """Keeps the chains in order, all of them or that of `org`. Safe to run in several processes at once."""

    store: Store
    keys: Sealing
    audit: Audit
    org: str | None = None

    async def end_unended(self, now: datetime | None = None) -> int:
        """Write that an outcome is UNKNOWN where the process that acted has died; for how many acts."""
        before = (now or datetime.now(UTC)) - NOBODY_ENDS_AFTER
        ended = 0
        while True:
            asked = queries.OpenParams(org=self.org, before=before, limit=AT_ONCE)
            rows = await self.store.fetch(queries.LIST_OPEN.bind(asked))
            for row in rows:
                link = Link.read(row.properties)
                await self.audit.record(_begun(link).ended(UNKNOWN, link.subject, {}))
            ended += len(rows)
            if len(rows) < AT_ONCE:
                return ended

    async def cut_old(self, days: int, now: datetime | None = None) -> int:
        """Delete rows older than so many days, and leave a row that says so; how many. 0 days keep everything."""
        if not days:
            return 0
        before = (now or datetime.now(UTC)) - timedelta(days=days)
        total = 0
        wanted = queries.LIST_HEADS.bind(queries.HeadsParams(org=self.org))
        for head in await self.store.fetch(wanted):
            try:
                deleted = await self._cut_chain(head.org, before)
            except ChainBroken:
                log.exception("old rows of the audit stay", org=head.org)
                continue
            if deleted:
                told = {"deleted": deleted, "before": before.isoformat(), "days": days}
                actor = Actor(org=head.org, user=SYSTEM.user)
                await self.audit.record(Event("audit.retention", actor, details=told))
            total += deleted
        return total

    async def _cut_chain(self, org: str, before: datetime) -> int:
        total = 0
        while True:
            deleted = await cut(self.store, self.keys, org, before)
            total += deleted
            if deleted < CUT_AT_ONCE:
                return total


def _begun(link: Link) -> Event:
    """The event that a row before an act was made of."""
    actor = Actor(link.org, link.actor, link.credential, link.address, link.correlation_id)
    return Event(link.action, actor, link.subject, id=link.id).begun()
