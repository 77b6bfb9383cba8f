"""Removing what is old, of every organization. May be stopped at any moment and done by several at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter

from graph.errors import MirageError, StoreUnavailable
from graph.queries.organization import LIST_ORGANIZATIONS, OrganizationPageParams
from graph.store import Store
from server.accounts import holds
from server.audit.events import SYSTEM, Actor, Event
from server.audit.journal import Audit
from server.configuration.kept import Configurations
from server.retention.kinds import EvidenceFiles, Old, Removed
from server.retention.planning import Policy, policies

PAGE = 500

REMOVED = Counter("mirage_retention_removed_total", "What was removed for its age.", ["kind"])
BYTES = Counter("mirage_retention_removed_bytes_total", "Raw answers removed for their age.")
HELD = Counter(
    "mirage_retention_held_total",
    "Times that nothing of an organization was removed since it was under legal hold.",
)
FAILED = Counter(
    "mirage_retention_failed_total", "Times that what is old of an organization stayed by a fault."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Retention:
    """Removes what is old by what each organization and the platform have set."""

    store: Store
    files: EvidenceFiles
    audit: Audit

    async def apply_all(self, now: datetime | None = None) -> None:
        """Of every organization; what cannot be removed of one does not keep the others waiting.

        Raises StoreUnavailable.
        """
        behind = ""
        while True:
            params = OrganizationPageParams(behind=behind, limit=PAGE)
            rows = await self.store.fetch(LIST_ORGANIZATIONS.bind(params))
            for row in rows:
                if row.deleted_at is not None:
                    continue  # it may be restored with all that it had, until it is removed as a whole
                try:
                    await self.apply(row.id, now)
                except StoreUnavailable:
                    raise
                except (MirageError, OSError):
                    FAILED.inc()
                    log.exception("what is old stays", org=row.id)
            if len(rows) < PAGE:
                return
            behind = rows[-1].id

    async def apply(self, org: str, now: datetime | None = None) -> dict[str, Removed]:
        """Of one; gives how much of each kind, where something went."""
        counting = await Configurations(self.store).counting(org)
        wanted = [each for each in policies(counting.own, counting) if each.days is not None]
        if not wanted:
            return {}
        if await holds.standing(self.store, org):
            HELD.inc()
            return {}
        moment = now or datetime.now(UTC)
        done = {each.kind.name: await self._remove(org, each, moment) for each in wanted}
        return {name: removed for name, removed in done.items() if removed.count}

    async def _remove(self, org: str, policy: Policy, now: datetime) -> Removed:
        before = policy.before(now)
        if before is None:
            return Removed()
        total = Removed()
        old = Old(self.store, self.files, org, before, now)
        try:
            async for gone in policy.kind.remove(old):
                total = Removed(total.count + gone.count, total.size_bytes + gone.size_bytes)
                REMOVED.labels(policy.kind.name).inc(gone.count)
                BYTES.inc(gone.size_bytes)
        finally:
            if total.count:
                await self._tell(org, policy, before, total)
        return total

    async def _tell(self, org: str, policy: Policy, before: datetime, total: Removed) -> None:
        told = {
            "removed": total.count,
            "bytes": total.size_bytes,
            "before": before.isoformat(),
            "days": policy.days,
        }
        actor = Actor(org=org, user=SYSTEM.user)
        await self.audit.record(Event("retention.remove", actor, policy.kind.name, details=told))
