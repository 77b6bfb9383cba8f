"""Dates as exact as their source is, to the year, the month or the day: how alike two are, and which exclude others."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from graph.match.comparing import Comparison

_ISO = re.compile(r"([12]\d{3})(?:-?(\d{2})(?:-?(\d{2}))?)?(?![\d-])")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./]([12]\d{3})(?!\d)")


class PartialDate(NamedTuple):
    """A year, and month and day where they are known (else 0); `text` is the date in ISO 8601."""

    year: int
    month: int
    day: int
    text: str

    @classmethod
    def of(cls, year: int, month: int = 0, day: int = 0) -> PartialDate:
        """The date of these parts."""
        shown = "".join(f"-{part:02}" for part in (month, day) if part)
        return cls(year, month, day, f"{year}{shown}")

    def __str__(self) -> str:
        return self.text

    @property
    def is_full(self) -> bool:
        """Whether the day is known."""
        return bool(self.day)


@lru_cache(maxsize=65_536)
def partial_date(text: str) -> PartialDate | None:
    """The date that `text` begins with: 1980, 1980-05, 1980-05-17, 19800517, 17.05.1980 or 17/05/1980; else None.

    Month and day that cannot be ones are left out; where the day stands where the month should, they are exchanged.
    """
    text = text.strip()
    if match := _ISO.match(text):
        year, month, day = (int(part or 0) for part in match.groups())
    elif match := _DAY_FIRST.match(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    if month > 12 >= day > 0 and month <= 31:
        month, day = day, month
    if not 1 <= month <= 12:
        return PartialDate.of(year)
    return PartialDate.of(year, month, day if 1 <= day <= 31 else 0)


def compare_dates(left: PartialDate, right: PartialDate) -> Comparison:
    """How alike two dates are, as far as both are known; agreeing on a year alone tells less than on a day."""
    shown = (left.text, right.text)
    if left == right:
        similarity = 1.0 if left.is_full else 0.85 if left.month else 0.7
        return Comparison(
            similarity, *shown, "the same date" if left.is_full else "the same, but not to the day"
        )
    if agree(left, right):
        shared = min(left.month, right.month)
        return Comparison(0.75 if shared else 0.65, *shown, "one is more exact, and they agree")
    if left.is_full and right.is_full:
        return _full(left, right, shown)
    if left.year == right.year:
        return Comparison(0.3, *shown, "the same year, different months")
    if abs(left.year - right.year) == 1:
        return Comparison(0.2, *shown, "a year apart")
    return Comparison(0.0, *shown, "different dates")


def agree(left: PartialDate, right: PartialDate) -> bool:
    """Whether both can be one date: nothing that both tell differs."""
    return left.year == right.year and all(
        not one or not other or one == other
        for one, other in ((left.month, right.month), (left.day, right.day))
    )


def exclude(left: PartialDate, right: PartialDate) -> bool:
    """Whether both are known to the day, and differ."""
    return left.is_full and right.is_full and left != right


def _full(left: PartialDate, right: PartialDate, shown: tuple[str, str]) -> Comparison:
    if (left.year, left.month, left.day) == (right.year, right.day, right.month):
        return Comparison(0.8, *shown, "day and month the other way round")
    if OSA.distance(left.text, right.text, score_cutoff=1) <= 1:
        return Comparison(0.7, *shown, "one digit differs, or two are exchanged")
    if (left.month, left.day) == (right.month, right.day):
        return Comparison(0.3, *shown, "the same day of another year")
    if left.year == right.year:
        return Comparison(0.25, *shown, "the same year, another day")
    return Comparison(0.0, *shown, "different dates")
