"""Windows in which hosts may be contacted: read, and asked about moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.jobs.hours import Hours

# 2026-11-30 is a Monday.
NIGHTS = Hours.of(["22:00-06:00"], "Europe/Berlin")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_open", "turns"),
    [
        (at(30, 20, 59), False, at(30, 21)),
        (at(30, 21), True, datetime(2026, 12, 1, 5, tzinfo=UTC)),
        (at(30, 4, 59), True, at(30, 5)),
        (at(30, 5), False, at(30, 21)),
    ],
)
def test_nights_begin_and_end_by_the_clocks_of_the_place(
    moment: datetime, is_open: bool, turns: datetime
) -> None:
    assert NIGHTS.is_open(moment) is is_open
    assert NIGHTS.turns_at(moment) == turns


def test_days_are_those_on_which_a_window_begins() -> None:
    week = Hours.of(["FRI-SUN 23:00-01:00", "WED 12:00-13:00"], "UTC")
    assert week.is_open(at(30, 0, 30)), "Sunday's, on Monday"
    assert not week.is_open(at(27, 0, 30)), "Thursday's is none"
    assert week.turns_at(at(30, 1)) == datetime(2026, 12, 2, 12, tzinfo=UTC)


def test_windows_that_touch_are_one() -> None:
    whole = Hours.of(["SAT,SUN 00:00-24:00"], "UTC")
    assert whole.turns_at(at(28, 3)) == at(30, 0)


def test_without_windows_it_is_always_and_with_the_whole_week_too() -> None:
    assert Hours().is_open(at(30, 1))
    assert Hours().turns_at(at(30, 1)) is None
    always = Hours.of(["00:00-24:00"], "UTC")
    assert always.turns_at(at(30, 1)) is None
    assert all(always.is_open(at(30, hour)) for hour in range(24))


def test_a_night_in_which_clocks_are_set_back_is_longer() -> None:
    # On 25 October 2026, 03:00 in Berlin becomes 02:00.
    assert NIGHTS.is_open(at(24, 20, 0, 10))
    assert NIGHTS.turns_at(at(24, 20, 0, 10)) == at(25, 5, 0, 10)


@pytest.mark.parametrize(
    "window",
    [
        "",
        "22-06",
        "25:00-26:00",
        "22:60-23:00",
        "FOO 22:00-06:00",
        "MON- 22:00-06:00",
        "12:00-12:00",
        "24:00-06:00",
    ],
)
def test_a_window_that_cannot_be_meant_is_refused_with_what_is_right(window: str) -> None:
    with pytest.raises(ValueError, match=r"right|days are"):
        Hours.of([window], "UTC")


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone Europe/Berln; is Europe/Berlin meant"):
        Hours.of([], "Europe/Berln")


@settings(deadline=None)
@given(st.integers(0, 7 * 24 * 60), st.integers(0, 23), st.integers(1, 24))
def test_between_a_moment_and_its_turn_nothing_changes(
    minute: int, begin: int, length: int
) -> None:
    end = (begin + length) % 24
    if end == begin:
        return
    hours = Hours.of([f"MON-FRI {begin:02}:00-{end:02}:00"], "America/New_York")
    moment = at(1, 0) + timedelta(minutes=minute)
    turn = hours.turns_at(moment)
    assert turn is not None
    assert hours.is_open(turn) != hours.is_open(moment)
    while moment < turn:
        assert hours.is_open(moment) != hours.is_open(turn)
        moment += timedelta(minutes=61)
