"""When hosts may be contacted: windows of the week by the clocks of a time zone. Pure.

22:00-06:00            each night
MON-FRI 20:00-24:00    on these days, by the day on which it begins
SAT,SUN 00:00-24:00
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from server.modules.naming import meant

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MOST_WINDOWS = 20
_WANTED = "MON-FRI 22:00-06:00 is right, or 22:00-06:00 for every day"
_WINDOW = re.compile(r"^(?:([A-Z,-]+)\s+)?(\d\d):(\d\d)-(\d\d):(\d\d)$")
_DAY = timedelta(days=1)
_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@dataclass(frozen=True)
class Window:
    """Minutes from the midnight of each of its days; an end past 24 hours lies on the next day."""

    days: frozenset[int]
    begin: int
    end: int


def read_window(text: str) -> Window:
    """A window from its text. Raises ValueError saying what would be right."""
    said = _WINDOW.match(text.strip().upper())
    if said is None:
        raise ValueError(f"{text[:100]}: {_WANTED}")
    begin, end = (_minutes(text, said[i], said[i + 1]) for i in (2, 4))
    if begin in (24 * 60, end):
        raise ValueError(f"{text[:100]}: it has no length; {_WANTED}")
    return Window(frozenset(_days(text, said[1])), begin, end if end > begin else end + 24 * 60)


def _minutes(text: str, hours: str, minutes: str) -> int:
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 24 * 60:
        raise ValueError(f"{text[:100]}: times from 00:00 to 24:00 are right")
    return found


def _days(text: str, said: str | None) -> Iterator[int]:
    for part in (said or "MON-SUN").split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise ValueError(f"{text[:100]}: days are {', '.join(DAYS)}; {_WANTED}")
        begin, end = DAYS.index(first), DAYS.index(last)
        yield from (day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))


@cache
def places() -> frozenset[str]:
    """The names of time zones of places, and of the universal time."""
    return frozenset(available_timezones()) - _NOT_PLACES


def known_zone(name: str) -> str:
    """The name of a time zone. Raises ValueError."""
    if name not in places():
        hint = meant(name, places(), "a name such as Europe/Berlin or UTC is right")
        raise ValueError(f"there is no time zone {name[:100]}; {hint}")
    return name


@dataclass(frozen=True)
class Hours:
    """Windows in a time zone; always, where there are none. Where clocks are set, times of day go by the new ones."""

    windows: tuple[Window, ...] = ()
    timezone: str = "UTC"

    @classmethod
    def of(cls, windows: Iterable[str], timezone: str) -> Hours:
        """From their texts. Raises ValueError."""
        return cls(tuple(read_window(each) for each in windows), known_zone(timezone))

    def is_open(self, at: datetime) -> bool:
        """Whether a moment lies in a window."""
        if not self.windows:
            return True
        return any(begin <= at < end for begin, end in self._around(at))

    def turns_at(self, at: datetime) -> datetime | None:
        """The first moment after `at` at which it is otherwise than then; None where it never is."""
        if not self.windows:
            return None
        is_open = self.is_open(at)
        ends = sorted({moment for pair in self._around(at) for moment in pair if moment > at})
        return next((each for each in ends if self.is_open(each) != is_open), None)

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The windows of the days from the one before `at` to a week after."""
        zone = ZoneInfo(self.timezone)
        today = at.astimezone(zone).date()
        for number in range(-1, 9):
            day = today + number * _DAY
            for window in self.windows:
                if day.weekday() in window.days:
                    yield _at(day, window.begin, zone), _at(day, window.end, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    later, minutes = divmod(minutes, 24 * 60)
    local = datetime.combine(day + later * _DAY, time(*divmod(minutes, 60)), zone)
    return local.astimezone(UTC)
