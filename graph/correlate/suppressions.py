"""Setting findings aside, and taking that back.

A suppression is kept by the finding's fingerprint, so it outlives the finding: what is found again
later is still set aside, until the suppression ends or is lifted. Who may do so is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graph.correlate.engine import Engine, Evaluated
from graph.correlate.evaluating import suppression_id
from graph.errors import InvalidQuestion, NotFound
from graph.queries import finding_writes as queries
from graph.store import Store


@dataclass(frozen=True)
class Suppressions:
    """The suppressions of one organization."""

    store: Store
    engine: Engine
    org: str

    async def suppress(
        self, finding: str, by: str, reason: str, now: datetime, until: datetime | None = None
    ) -> Evaluated:
        """Set a finding aside at once, until a moment or for ever.

        Raises NotFound, and InvalidQuestion for an end that is past or a reason that is empty.
        """
        if until is not None and until <= now:
            raise InvalidQuestion("a suppression ends in the future, or never")
        if not reason.strip():
            raise InvalidQuestion("say why the finding is set aside")
        params = queries.UpsertSuppressionParams(
            id=await self._id_for(finding),
            org=self.org,
            finding=finding,
            by=by,
            reason=reason.strip(),
            until=until,
            now=now,
        )
        rows = await self.store.fetch(queries.UPSERT_SUPPRESSION.bind(params))
        return await self._look_again(rows, now)

    async def lift(self, finding: str, by: str, now: datetime) -> Evaluated:
        """Tell of a finding again. Raises NotFound where it is not set aside."""
        params = queries.CloseSuppressionParams(
            id=await self._id_for(finding), org=self.org, by=by, now=now
        )
        rows = await self.store.fetch(queries.CLOSE_SUPPRESSION.bind(params))
        if not rows:
            raise NotFound(f"the finding {finding} is not set aside")
        return await self._look_again(rows, now)

    async def _id_for(self, finding: str) -> str:
        params = queries.FindingParams(org=self.org, finding=finding)
        row = await self.store.fetch_one(queries.FIND_FINDING.bind(params))
        if row is None:
            raise NotFound(f"there is no finding {finding}")
        return suppression_id(self.org, row.fingerprint)

    async def _look_again(
        self, rows: list[queries.SuppressionChangedRow], now: datetime
    ) -> Evaluated:
        """Bring the findings concerned into their new state."""
        subjects: dict[str, list[str]] = {}
        for row in rows:
            subjects.setdefault(row.rule, []).append(row.subject)
        return await self.engine.evaluate_subjects(self.org, subjects, now)
