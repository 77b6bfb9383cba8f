"""What becomes of a schedule's moments: the one table that firing goes by. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.scheduling.timing import COUNTED, Moment, Timing

ON_TIME = timedelta(seconds=60)  # conductors look every few seconds; what is found later was missed


class MissedRunPolicy(enum.StrEnum):
    """What to do about a moment at which nothing looked after schedules."""

    SKIP = "SKIP"
    RUN_ONCE = "RUN_ONCE"


class OverlapPolicy(enum.StrEnum):
    """What to do while an earlier run of the scan has not ended."""

    SKIP = "SKIP"
    QUEUE = "QUEUE"
    CANCEL_RUNNING = "CANCEL_RUNNING"


class Outcome(enum.StrEnum):
    """What became of a moment."""

    STARTED = "STARTED"
    STARTED_LATE = "STARTED_LATE"
    QUEUED = "QUEUED"
    MISSED = "MISSED"
    OVERLAPPED = "OVERLAPPED"
    REFUSED = "REFUSED"
    DROPPED = "DROPPED"


STARTS = frozenset({Outcome.STARTED, Outcome.STARTED_LATE})


@dataclass(frozen=True)
class Told:
    """What became of a planned moment, and why; `is_run` where a run of it began."""

    planned_for: datetime
    outcome: Outcome
    reason: str = ""

    @property
    def is_run(self) -> bool:
        """Whether a run of it began."""
        return self.outcome in STARTS


@dataclass(frozen=True)
class Standing:
    """A schedule as it is found. `refusal` says why no run of it may begin; empty where one may."""

    next: Moment | None
    queued_for: datetime | None
    missed: MissedRunPolicy
    grace: timedelta
    overlap: OverlapPolicy
    open_runs: Sequence[str] = ()
    refusal: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any], open_runs: Sequence[str], refusal: str) -> Standing:
        """A stored schedule."""
        planned, begins = stored.get("planned_at"), stored.get("next_at")
        return cls(
            Moment(planned, begins) if planned and begins else None,
            stored.get("queued_for"),
            MissedRunPolicy(stored["missed_policy"]),
            timedelta(seconds=stored["grace_s"]),
            OverlapPolicy(stored["overlap_policy"]),
            open_runs,
            refusal,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether there is anything to decide."""
        is_next = self.next is not None and self.next.begins_at <= now
        return is_next or (self.queued_for is not None and not self.open_runs)


@dataclass
class Decision:
    """What to do: start the run of `starts`, after ending `cancels`; and how the schedule stands then.

    `told` is in the order of the moments.
    """

    next: Moment | None
    queued_for: datetime | None
    starts: datetime | None = None
    cancels: Sequence[str] = ()
    told: list[Told] = field(default_factory=list)


def decide(timing: Timing, found: Standing, now: datetime) -> Decision | None:
    """What is to be done at `now`; None where nothing is due."""
    if found.queued_for is not None and not found.open_runs:
        return _take_queued(found, found.queued_for)
    passed, following = timing.passed(found.next, now) if found.next else (None, None)
    if passed is None:
        return None
    decision = Decision(following, found.queued_for)
    if passed.count > 1:
        many = f"{passed.count - 1}{' or more' if passed.count >= COUNTED else ''}"
        said = f"{many} moments passed while nothing looked after schedules; this is the first"
        decision.told.append(Told(passed.first.planned_for, Outcome.MISSED, said))
    _take(found, passed.last, now - passed.last.begins_at, decision)
    return decision


def _take_queued(found: Standing, moment: datetime) -> Decision:
    decision = Decision(found.next, None)
    if found.refusal:
        decision.told.append(Told(moment, Outcome.REFUSED, found.refusal))
        return decision
    said = "it waited until the earlier run had ended"
    decision.told.append(Told(moment, Outcome.STARTED_LATE, said))
    decision.starts = moment
    return decision


def _take(found: Standing, moment: Moment, late: timedelta, decision: Decision) -> None:
    """Let the last moment that has begun come to what the policies say."""
    planned = moment.planned_for
    if against := _against(found, late):
        decision.told.append(Told(planned, *against))
    elif found.open_runs and found.overlap is not OverlapPolicy.CANCEL_RUNNING:
        _overlap(found, planned, decision)
    else:
        decision.starts, decision.cancels = planned, found.open_runs
        told = Told(planned, Outcome.STARTED)
        if late > ON_TIME:
            told = Told(planned, Outcome.STARTED_LATE, f"it was found {_shown(late)} late")
        decision.told.append(told)


def _against(found: Standing, late: timedelta) -> tuple[Outcome, str] | None:
    """What speaks against a run, whatever else runs."""
    if late > ON_TIME and found.missed is MissedRunPolicy.SKIP:
        return Outcome.MISSED, f"it was found {_shown(late)} late"
    if late > ON_TIME and late > found.grace:
        beyond = f"beyond the {_shown(found.grace)} within which it would still run"
        return Outcome.MISSED, f"it was found {_shown(late)} late, {beyond}"
    return (Outcome.REFUSED, found.refusal) if found.refusal else None


def _overlap(found: Standing, planned: datetime, decision: Decision) -> None:
    """Let a moment come to nothing, or wait, because an earlier run has not ended."""
    said = f"run {found.open_runs[0]} had not ended"
    if found.overlap is OverlapPolicy.SKIP:
        decision.told.append(Told(planned, Outcome.OVERLAPPED, said))
    elif decision.queued_for is not None:
        waits = f"{said}, and another moment waits for that already"
        decision.told.append(Told(planned, Outcome.OVERLAPPED, waits))
    else:
        decision.queued_for = planned
        decision.told.append(Told(planned, Outcome.QUEUED, said))


def _shown(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes} min" if minutes else f"{seconds} s"
