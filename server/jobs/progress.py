"""How long a run has worked, and how long it may still take. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.jobs.lifecycle import RunState

WINDOW = timedelta(minutes=5)  # the rate of which says how long the rest takes
LEAST = timedelta(seconds=10)  # of it; in less than that nothing can be told


@dataclass(frozen=True)
class Clock:
    """The times of a run, as stored; `paused_s` is what of the time since its start was pauses that are over."""

    state: RunState
    started_at: datetime | None
    paused_at: datetime | None
    resumed_at: datetime | None
    ended_at: datetime | None
    paused_s: float

    def worked(self, now: datetime) -> timedelta:
        """How long it was under way until `now`, or until it ended, without pauses."""
        if self.started_at is None:
            return timedelta()
        until = self.ended_at or (self.paused_at if self.state is RunState.PAUSED else None) or now
        return max(timedelta(), until - self.started_at - timedelta(seconds=self.paused_s))

    def window(self, now: datetime) -> timedelta:
        """How much of the last minutes it was under way without a break."""
        if self.started_at is None:
            return timedelta()
        return min(WINDOW, now - (self.resumed_at or self.started_at))


@dataclass(frozen=True)
class Share:
    """A collector's part in a run, in entities. `absent` ones wait, and no process can take them.

    About `reused` ones nobody was asked: earlier answers, of `reused_since` or later, stand for them.
    """

    collector: str
    done: int
    waiting: int
    under_way: int
    failed: int
    absent: int
    lookups: int
    recent: int
    reused: int = 0
    reused_since: datetime | None = None
    absence: str = ""  # why no process can take the absent ones


def seconds_left(
    clock: Clock, shares: Sequence[Share], now: datetime, lookups_left: int
) -> int | None:
    """How long the known rest takes at the rate of the last minutes; None where nothing can be said.

    That is: the run is not RUNNING, works for less than ten seconds, got through nothing lately, has nothing known
    left, or waits for a collector that nobody offers. What will yet be found is not known, so the rest grows in the
    beginning. The run ends no later than `lookups_left` lets it.
    """
    window, recent = clock.window(now), sum(share.recent for share in shares)
    left = min(lookups_left, sum(share.waiting + share.under_way for share in shares))
    is_waiting_for_nobody = any(share.absent for share in shares)
    if clock.state is not RunState.RUNNING or window < LEAST or is_waiting_for_nobody:
        return None
    if not recent or left <= 0:
        return None
    return math.ceil(left * window.total_seconds() / recent)
