"""Whether a module works in an organization: what a job tells of it, and when it is asked no more. Pure.

A module is CLOSED while it works. Failures in a row open it: it is not asked until a moment. From that moment on it is
HALF_OPEN, which nobody has to set: one job at a time is let through, and how that ends closes it or opens it longer.
The numbers are argued in decision 10.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collectors._kit.faults import Fault, Tally, fault_of
from collectors._kit.registry import BrokenCollector
from graph.errors import MirageError

MOST_FAILURES = 3  # in a row; that many open it
WINDOW = timedelta(minutes=30)  # a failure that long after the one before begins a new row
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)

_WORDS = {
    Fault.DEATH: "its jobs take their processes along",
    Fault.DEFECT: "its code fails",
    Fault.UNAUTHORIZED: "its source does not answer us: a key may be wrong or missing",
    Fault.RATE_LIMITED: "its source says that it is asked too often",
    Fault.UNAVAILABLE: "its source does not answer",
    Fault.UNREADABLE: "its source refuses, or answers what cannot be read",
}


class HealthState(enum.StrEnum):
    """Whether a module is asked."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Says(enum.StrEnum):
    """What a job says of its module."""

    WORKS = "WORKS"
    FAILS = "FAILS"
    NOTHING = "NOTHING"


@dataclass(frozen=True)
class Evidence:
    """What a job says of its module; `fault` is there where it FAILS. `detail` holds nothing of what was looked at."""

    says: Says
    fault: Fault | None = None
    detail: str = ""


WORKS = Evidence(Says.WORKS)
NOTHING = Evidence(Says.NOTHING)


def failing(fault: Fault, detail: str = "") -> Evidence:
    """The evidence of a failure."""
    return Evidence(Says.FAILS, fault, detail[:100])


def evidence_of(tally: Tally, activity: str, trouble: str = "") -> Evidence:
    """What the answers of a job say of its module.

    Any answer says that it works. Errors are its fault where its code fails or, since only then all of them come from
    the same source, where it asks a third party (`activity` P0) that had nothing but errors for us; not while `trouble`
    keeps everything from being reached.
    """
    if tally.answered:
        return WORKS
    if tally.faults[Fault.DEFECT]:
        return failing(Fault.DEFECT, tally.defect)
    blamed = sum(tally.faults.values())
    if activity != "P0" or trouble or not blamed or blamed < tally.errors:
        return NOTHING
    return failing(max(Fault, key=lambda fault: tally.faults[fault]))


class BrokenModule(MirageError):
    """A job that ended in an error which is its module's, in another process; `evidence` is what it tells of that."""

    def __init__(self, message: str, evidence: Evidence) -> None:
        super().__init__(message)
        self.evidence = evidence


def evidence_of_error(error: MirageError) -> Evidence:
    """What an error that ended a whole job says of its module: that its code cannot be used, or nothing."""
    if isinstance(error, BrokenModule):
        return error.evidence
    is_defect = isinstance(error, BrokenCollector) or fault_of(error) is Fault.DEFECT
    return failing(Fault.DEFECT, type(error).__name__) if is_defect else NOTHING


@dataclass(frozen=True)
class Health:
    """How a module does in an organization.

    `failures` are those in a row, `openings` how often that opened it without a success in between. `since` is when
    the first of these was, `until` the moment before which it is not asked; without one it is CLOSED. `is_trying` says
    that a trial is in hand.
    """

    failures: int = 0
    openings: int = 0
    fault: Fault | None = None
    detail: str = ""
    failed_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_trying: bool = False

    def state(self, now: datetime) -> HealthState:
        """Whether it is asked at this moment."""
        if self.until is None:
            return HealthState.CLOSED
        return HealthState.OPEN if now < self.until else HealthState.HALF_OPEN

    @property
    def reason(self) -> str:
        """What went wrong last, in words of ours; empty where nothing did."""
        if self.fault is None:
            return ""
        said = _WORDS[self.fault]
        return f"{said} ({self.detail})" if self.detail else said

    def told(self) -> str:
        """Why it is not asked while it is OPEN."""
        until = f"{self.until:%Y-%m-%d %H:%M:%S} UTC" if self.until else "now"
        return f"it failed {self.failures} times in a row and is not asked until {until}: {self.reason}"


WELL = Health()


def after(health: Health, evidence: Evidence, now: datetime, *, is_trial: bool = False) -> Health:
    """The health after a job that ended `now`; the same object where nothing changes.

    While it is not CLOSED, only a trial counts: other jobs were begun before it opened, and tell of that time.
    """
    is_closed = health.until is None
    if evidence.says is Says.NOTHING or not (is_closed or is_trial):
        return health
    if evidence.says is Says.WORKS:
        return health if health == WELL else WELL
    is_new_row = health.failed_at is None or now - health.failed_at > WINDOW
    failures = 1 if is_closed and is_new_row else health.failures + 1
    failed = replace(
        health, failures=failures, fault=evidence.fault, detail=evidence.detail, failed_at=now
    )
    if is_closed and failures < MOST_FAILURES:
        return failed
    openings = health.openings + 1
    return replace(
        failed,
        openings=openings,
        since=health.since or now,
        until=now + pause(openings),
        is_trying=False,
    )


def pause(openings: int) -> timedelta:
    """For how long it is not asked when it opens for this time in a row, from 1 on: twice as long each time."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(openings - 1, 16)
    return min(LONGEST_PAUSE, doubled)


def shut(all_of_them: Mapping[str, Health], now: datetime) -> dict[str, str]:
    """The modules that are not asked now, with the reason."""
    return {
        name: health.told()
        for name, health in all_of_them.items()
        if health.state(now) is HealthState.OPEN
    }
