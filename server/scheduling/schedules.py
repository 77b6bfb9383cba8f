"""Schedules in the database: setting one for a scan, and removing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.errors import NotFound
from graph.model.base import name_id
from graph.queries import schedule as queries
from graph.queries.schedule import LockedRow
from graph.store import Store, Transaction
from server.jobs.lifecycle import OPEN
from server.scheduling.deciding import Decision, MissedRunPolicy, Outcome, OverlapPolicy, Told
from server.scheduling.timing import Moment, Timing

KEPT = 20  # outcomes


@dataclass(frozen=True)
class Wanted:
    """What somebody sets of a schedule."""

    cron: str
    timezone: str = "UTC"
    jitter_s: int = 0
    missed: MissedRunPolicy = MissedRunPolicy.SKIP
    grace_s: int = 3_600
    overlap: OverlapPolicy = OverlapPolicy.SKIP
    is_enabled: bool = True


def id_of(org: str, scan: str) -> str:
    """The id of a scan's schedule."""
    return name_id(org, "Schedule", scan)


@dataclass(frozen=True)
class Schedules:
    """What a user does to schedules of an organization's scans.

    `now` is for tests: without it the time is the database's, which is one for all processes.
    """

    store: Store
    org: str
    user: str
    now: datetime | None = None

    async def set(self, scan: str, wanted: Wanted) -> None:
        """Give a scan this schedule. Its runs are the user's from then on.

        A moment that lies before now does not come any more, but for one that has been delayed by jitter, or is just
        being missed: where the expression stays, so does that. Raises NotFound, InvalidQuestion.
        """
        await self.store.transact(lambda tx: self._set(tx, scan, wanted))

    async def remove(self, scan: str) -> bool:
        """Take a scan's schedule away; whether it had one."""
        params = queries.OfScanParams(org=self.org, scan=scan)
        row = await self.store.fetch_one(queries.DELETE_SCHEDULE.bind(params))
        return bool(row and row.deleted)

    async def _set(self, tx: Transaction, scan: str, wanted: Wanted) -> None:
        found = await locked(tx, self.org, scan, self.now)
        if found is None:
            raise NotFound(f"there is no scan {scan}")
        schedule = id_of(self.org, scan)
        timing = Timing.of(schedule, wanted.cron, wanted.timezone, wanted.jitter_s, found.now)
        former = found.schedule or {}
        values = {
            "cron": timing.cron,
            "timezone": timing.timezone,
            "jitter_s": timing.jitter_s,
            "missed_policy": wanted.missed.value,
            "grace_s": wanted.grace_s,
            "overlap_policy": wanted.overlap.value,
            "is_enabled": wanted.is_enabled,
        }
        params = queries.SetParams(
            id=schedule, org=self.org, scan=scan, set=values, by=self.user, at=found.now
        )
        await tx.fetch(queries.UPSERT_SCHEDULE.bind(params))
        decision = _as_set(timing, former, found.now, is_enabled=wanted.is_enabled)
        await write(tx, schedule, decision, found.now)


def _as_set(
    timing: Timing, former: Mapping[str, Any], now: datetime, *, is_enabled: bool
) -> Decision:
    """How a schedule stands once it is set."""
    queued = former.get("queued_for")
    if not is_enabled:
        decision = Decision(None, None)
        if queued:
            said = "the schedule was disabled while this moment waited"
            decision.told.append(Told(queued, Outcome.DROPPED, said))
        return decision
    planned, begins = former.get("planned_at"), former.get("next_at")
    is_same = (timing.cron, timing.timezone) == (former.get("cron"), former.get("timezone"))
    if not (is_same and planned and begins):
        return Decision(timing.after(now), queued)
    moment = timing.moment(planned)
    # With less jitter it may lie in the past, without having been missed.
    return Decision(Moment(planned, max(moment.begins_at, min(begins, now))), queued)


async def locked(tx: Transaction, org: str, scan: str, now: datetime | None) -> LockedRow | None:
    """A scan with its schedule, locked against every other start of it until the transaction's end."""
    params = queries.LockParams(org=org, scan=scan, now=now, open=sorted(OPEN))
    return next(iter(await tx.fetch(queries.LOCK_SCHEDULE.bind(params))), None)


async def write(
    tx: Transaction, schedule: str, decision: Decision, now: datetime, runs: Sequence[str] = ()
) -> None:
    """Write how a schedule stands, and what became of moments. `runs` are those that began, in their order."""
    began = iter(runs)
    told = [
        {
            "planned_for": each.planned_for,
            "at": now,
            "outcome": each.outcome.value,
            "reason": each.reason,
            "run": next(began, "") if each.is_run else "",
        }
        for each in decision.told
    ]
    following = decision.next
    begins_at = following.begins_at if following else None
    params = queries.MomentsParams(
        id=schedule,
        planned_at=following.planned_for if following else None,
        next_at=begins_at,
        queued_for=decision.queued_for,
        due_at=now if decision.queued_for else begins_at,
        fired_at=now if runs else None,
        told=told[::-1],
        kept=KEPT,
    )
    await tx.fetch(queries.UPSERT_MOMENTS.bind(params))
