"""Moments of the database as Python's, made in a fortieth of the time that the driver takes.

The driver builds each from parts, in a class of its own, through pytz: 65 µs for one that it gives and 45 µs for one
that it takes, more than for all the rest of a row. One in a zone of `zoneinfo` it hands, in that class of its own, to
compiled code that takes it for Python's: what is sent is then wrong by hours, or the process ends.

Nearly all are kept with an offset, which Python's own arithmetic serves. What it cannot (no zone at all, years that it
does not have), and what comes in a named zone, stays the driver's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from neo4j._codec.hydration.bolt import v2, v3
from neo4j._codec.packstream import Structure
from neo4j.time import DateTime

_WITH_OFFSET = b"I"
_WITH_ZONE = b"i"
_DAY_S = 86_400
_NS_PER_US = 1_000


class Moment(datetime):
    """A moment as the database has it: Python's, and the nanoseconds beyond its last microsecond.

    It has what the driver's `DateTime` is asked for here, so that either will do.
    """

    beyond_ns = 0

    def to_native(self) -> Self:
        """Python's datetime, which it is."""
        return self

    def iso_format(self) -> str:
        """ISO 8601 with all nine digits of a second that the database keeps."""
        text = self.isoformat(timespec="seconds")
        return f"{text[:19]}.{self.microsecond * _NS_PER_US + self.beyond_ns:09}{text[19:]}"


_EPOCH = Moment(1970, 1, 1, tzinfo=UTC)


@cache
def make_moments_quickly() -> None:
    """Have the driver give and take moments by way of this module, for connections made from now on. Once a process."""
    for version in (v2, v3):
        _teach(version.hydration_handler.HydrationHandler)


def _teach(handler: Any) -> None:
    begin = handler.__init__

    def __init__(self: Any) -> None:  # noqa: N807 - the driver's
        begin(self)
        theirs = self.struct_hydration_functions[_WITH_OFFSET]
        give_up = self.dehydration_hooks.exact_types[datetime]

        def hydrate(seconds: int, nanoseconds: int, offset_s: int) -> Moment | DateTime:
            made = _read(seconds, nanoseconds, offset_s)
            return theirs(seconds, nanoseconds, offset_s) if made is None else made

        def dehydrate(value: datetime) -> Structure:
            return _written(value) or give_up(value)

        self.struct_hydration_functions[_WITH_OFFSET] = hydrate
        self.dehydration_hooks.update(exact_types={datetime: dehydrate, Moment: dehydrate})

    handler.__init__ = __init__


def _read(seconds: int, nanoseconds: int, offset_s: int) -> Moment | None:
    """The moment; None where Python has no such year."""
    microseconds, beyond = divmod(nanoseconds, _NS_PER_US)
    try:
        made = _EPOCH + timedelta(0, seconds, microseconds)
        if offset_s:
            made = made.astimezone(timezone(timedelta(seconds=offset_s)))
    except (OverflowError, ValueError):
        return None
    if beyond:
        made.beyond_ns = beyond
    return made


def _written(value: datetime) -> Structure | None:
    """The moment as the protocol has it; None where it has no place for it."""
    offset = value.utcoffset()
    if offset is None or offset.microseconds:
        return None
    since = value - _EPOCH
    beyond = value.beyond_ns if isinstance(value, Moment) else 0
    seconds = since.days * _DAY_S + since.seconds
    nanoseconds = since.microseconds * _NS_PER_US + beyond
    if isinstance(value.tzinfo, timezone):
        offset_s = offset.days * _DAY_S + offset.seconds
        return Structure(_WITH_OFFSET, seconds, nanoseconds, offset_s)
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
        return Structure(_WITH_ZONE, seconds, nanoseconds, value.tzinfo.key)
    return None
