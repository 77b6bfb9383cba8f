"""When a schedule's runs begin: the moments of a cron expression in a time zone, spread by jitter.

Pure. Moments are in UTC. A moment is *planned* by the expression, and *begins* up to `jitter_s` seconds later, by a
delay that follows from the schedule and the moment: every process finds the same.

Where clocks are set forward, a time of day that does not exist comes at the first minute that does; where they are set
back, a time of day comes once, the first time. Expressions whose minute or hour begins with `*` go on by the real time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from graph.errors import InvalidQuestion
from server.jobs.hours import places
from server.modules.naming import meant

MOST_JITTER_S = 3_600
LONGEST_CRON = 200
COUNTED = 1_000  # moments that passed; beyond it they are not counted one by one
_COMPARED = 50  # moments whose distance bounds the jitter
_WANTED = "five fields are right: minute, hour, day of month, month, day of week, as in '30 3 * * MON-FRI'"


@dataclass(frozen=True)
class Moment:
    """A planned moment, and when its run begins."""

    planned_for: datetime
    begins_at: datetime


@dataclass(frozen=True)
class Passed:
    """Moments that have begun: how many (`COUNTED` is that or more), the first and the last."""

    count: int
    first: Moment
    last: Moment


@dataclass(frozen=True)
class Timing:
    """A schedule's expression, time zone and jitter. Made by `of`, it is checked."""

    schedule: str
    cron: str
    timezone: str
    jitter_s: int

    @classmethod
    def of(cls, schedule: str, cron: str, timezone: str, jitter_s: int, now: datetime) -> Timing:
        """A timing that has moments after `now`. Raises InvalidQuestion, naming the field and what would be right."""
        timing = cls(schedule, " ".join(cron.split()), _zone(timezone).key, jitter_s)
        timing._check(now)
        return timing

    def after(self, moment: datetime) -> Moment | None:
        """The first moment planned later than `moment`; None where there is none within fifty years."""
        return next(self._from(moment), None)

    def upcoming(self, first: Moment, most: int) -> list[Moment]:
        """`first` and the moments behind it, `most` at most."""
        found = [first]
        for each in self._from(first.planned_for):
            if len(found) >= most:
                break
            found.append(each)
        return found[:most]

    def passed(self, first: Moment, now: datetime) -> tuple[Passed | None, Moment | None]:
        """Which moments from `first` on have begun by `now`, and the first one that has not."""
        count, last, following = 0, first, first
        for following in (first, *self._counted(first)):
            if following.begins_at > now:
                return (Passed(count, first, last) if count else None), following
            count, last = count + 1, following
        after = self.after(last.planned_for)
        if count >= COUNTED and after is not None and after.begins_at <= now:
            last, after = self._last(now, last)
        return Passed(count, first, last), after

    def _counted(self, first: Moment) -> Iterator[Moment]:
        for number, each in enumerate(self._from(first.planned_for), start=2):
            yield each
            if number >= COUNTED:
                return

    def _last(self, now: datetime, known: Moment) -> tuple[Moment, Moment | None]:
        """The last moment that has begun by `now`, at or behind `known`, and the one behind it."""
        for back in self._back(now):
            found = self.after(back - timedelta(seconds=1))
            if found is not None and found.begins_at <= now:
                known = max(known, found, key=lambda each: each.planned_for)
                break
        return known, self.after(known.planned_for)

    def _back(self, now: datetime) -> Iterator[datetime]:
        for back in CronSim(self.cron, now.astimezone(_zone(self.timezone)), reverse=True):
            yield back.astimezone(UTC)

    def _from(self, moment: datetime) -> Iterator[Moment]:
        """The moments planned later than `moment`, in their order."""
        last = moment.astimezone(UTC)
        try:
            found = CronSim(self.cron, last.astimezone(_zone(self.timezone)))
        except CronSimError as error:
            raise InvalidQuestion(f"cron: {self.cron!r}: {error}; {_WANTED}") from error
        for each in found:
            planned = each.astimezone(UTC)
            # A time of day that clocks bring twice is found again from within its second time.
            if planned > last:
                last = planned
                yield self.moment(planned)

    def moment(self, planned: datetime) -> Moment:
        """A planned moment with its jitter."""
        return Moment(planned, planned + self._delay(planned))

    def _delay(self, planned: datetime) -> timedelta:
        name = f"{self.schedule} {int(planned.timestamp())}".encode()
        number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big")
        return timedelta(seconds=number % (self.jitter_s + 1))

    def _check(self, now: datetime) -> None:
        if len(self.cron) > LONGEST_CRON:
            raise InvalidQuestion(f"cron: it is longer than {LONGEST_CRON} characters")
        if len(self.cron.split()) != 5:
            fields = len(self.cron.split())
            raise InvalidQuestion(f"cron: {self.cron!r} has {fields} fields; {_WANTED}")
        if not 0 <= self.jitter_s <= MOST_JITTER_S:
            raise InvalidQuestion(f"jitterSeconds: 0 to {MOST_JITTER_S} is right")
        first = self.after(now)
        if first is None:
            raise InvalidQuestion(f"cron: {self.cron!r} does not come within fifty years")
        coming = [each.planned_for for each in self.upcoming(first, _COMPARED)]
        nearest = min((b - a for a, b in pairwise(coming)), default=None)
        if self.jitter_s and nearest and timedelta(seconds=self.jitter_s) >= nearest:
            most = int(nearest.total_seconds()) - 1
            raise InvalidQuestion(
                f"jitterSeconds: moments lie {most + 1} seconds apart here; at most {most} is right"
            )


def _zone(name: str) -> ZoneInfo:
    """A time zone by its name. Raises InvalidQuestion."""
    if name not in places():
        hint = meant(name, places(), "a name such as Europe/Berlin or UTC is right")
        raise InvalidQuestion(f"timezone: there is no time zone {name[:100]!r}; {hint}")
    return ZoneInfo(name)
