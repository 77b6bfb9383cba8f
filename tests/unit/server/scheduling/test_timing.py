"""When runs begin: time zones whose clocks are set, jitter, and moments that passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidQuestion
from server.scheduling.timing import COUNTED, Timing

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def timing(cron: str, timezone: str = "UTC", jitter_s: int = 0, schedule: str = "one") -> Timing:
    return Timing.of(schedule, cron, timezone, jitter_s, NOW)


def planned(made: Timing, after: str, most: int) -> list[str]:
    first = made.after(at(after))
    assert first is not None
    return [each.planned_for.strftime("%m-%d %H:%M") for each in made.upcoming(first, most)]


@pytest.mark.parametrize(
    ("cron", "timezone", "after", "wanted"),
    [
        # Berlin, 29 March 2026: 02:00 to 03:00 does not exist, 01:00 UTC is 03:00.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ("30 2,3 * * *", "Europe/Berlin", "2026-03-29", ["03-29 01:00", "03-29 01:30", "03-30 00:30"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-29", ["03-29 01:00", "03-30 00:00", "03-30 01:00"]),
        ("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:29", ["03-29 00:30", "03-29 01:00", "03-29 01:30"]),
        # 25 October 2026: 02:00 to 03:00 comes twice, from 00:00 and from 01:00 UTC.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10", ["10-26 01:30", "10-27 01:30"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-24T23:45", ["10-25 00:30", "10-25 01:30", "10-25 02:30"]),
        # Half an hour of summer time, and a day that did not exist.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", ["10-03 15:30", "10-04 15:15"]),
        ("0 0 31 * *", "UTC", "2026-01-31", ["03-31 00:00", "05-31 00:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01", ["02-29 00:00", "02-29 00:00"]),
        ("0 9 * * MON-FRI", "America/New_York", "2026-03-06T15:00", ["03-09 13:00", "03-10 13:00"]),
    ],
)  # fmt: skip
def test_moments(cron: str, timezone: str, after: str, wanted: list[str]) -> None:
    assert planned(timing(cron, timezone), after, len(wanted)) == wanted


@settings(max_examples=150, deadline=None)
@given(
    cron=st.sampled_from(["*/7 * * * *", "30 1,2,3 * * *", "0 */2 * * *", "* 2 * * SUN", "5 0-3 * * *"]),
    timezone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
    hours=st.integers(0, 24 * 366),
)  # fmt: skip
def test_moments_only_go_forward_and_do_not_depend_on_where_one_begins(
    cron: str, timezone: str, hours: int
) -> None:
    made, start = timing(cron, timezone), NOW + timedelta(hours=hours, minutes=13)
    first = made.after(start)
    assert first is not None
    found = [each.planned_for for each in made.upcoming(first, 12)]
    assert start < found[0]
    assert found == sorted(set(found))
    for before, behind in pairwise(found):
        following = made.after(before)
        assert following is not None
        assert following.planned_for == behind


def test_jitter_follows_from_schedule_and_moment_and_is_bounded() -> None:
    made, other = timing("0 * * * *", jitter_s=600), timing("0 * * * *", jitter_s=600, schedule="b")
    first = made.after(NOW)
    assert first is not None
    delays = [
        (each.begins_at - each.planned_for).total_seconds() for each in made.upcoming(first, 200)
    ]
    again = [made.moment(each.planned_for).begins_at for each in made.upcoming(first, 200)]
    assert again == [each.begins_at for each in made.upcoming(first, 200)]
    assert 0 <= min(delays) < 60
    assert 540 < max(delays) <= 600
    assert len(set(delays)) > 100
    assert [other.moment(each.planned_for) for each in made.upcoming(first, 5)] != made.upcoming(
        first, 5
    )
    assert timing("0 * * * *").moment(first.planned_for).begins_at == first.planned_for


@pytest.mark.parametrize(
    ("cron", "timezone", "jitter_s", "said"),
    [
        ("99 * * * *", "UTC", 0, "cron: '99 * * * *': Bad minute; five fields are right"),
        ("0 0 * * XYZ", "UTC", 0, "Bad day-of-week; five fields"),
        ("", "UTC", 0, "cron: '' has 0 fields"),
        ("0 * * * * *", "UTC", 0, "has 6 fields; five fields are right"),
        ("@daily", "UTC", 0, "has 1 fields"),
        ("0 0 30 2 *", "UTC", 0, "Bad day-of-month"),
        ("0 0 */31 2 SUN#5", "UTC", 0, "cron: '0 0 */31 2 SUN#5' does not come within fifty years"),
        ("0 0 * 2 MON#6", "UTC", 0, "Bad day-of-week"),
        ("1" * 201, "UTC", 0, "cron: it is longer than 200 characters"),
        ("0 * * * *", "Europe/Berln", 0, "timezone: there is no time zone 'Europe/Berln'; is Europe/Berlin meant?"),
        ("0 * * * *", "../../etc/passwd", 0, "a name such as Europe/Berlin or UTC is right"),
        ("0 * * * *", "localtime", 0, "there is no time zone"),
        ("0 * * * *", "UTC", -1, "jitterSeconds: 0 to 3600 is right"),
        ("0 0 * * *", "UTC", 3601, "jitterSeconds: 0 to 3600 is right"),
        ("*/5 * * * *", "UTC", 300, "moments lie 300 seconds apart here; at most 299 is right"),
        ("0,10 5 * * *", "UTC", 900, "moments lie 600 seconds apart here; at most 599 is right"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_what_would_be_right(
    cron: str, timezone: str, jitter_s: int, said: str
) -> None:
    with pytest.raises(InvalidQuestion) as refused:
        timing(cron, timezone, jitter_s)
    assert said in str(refused.value)


def test_spaces_do_not_matter() -> None:
    assert timing("  0   3  * * * ").cron == "0 3 * * *"


def test_moments_that_passed() -> None:
    made = timing("0 * * * *", jitter_s=1_000)
    first = made.after(NOW)
    assert first is not None
    none, following = made.passed(first, first.begins_at - timedelta(seconds=1))
    assert (none, following) == (None, first)
    one, following = made.passed(first, first.begins_at)
    assert one is not None
    assert (one.count, one.first, one.last) == (1, first, first)
    three, following = made.passed(first, first.planned_for + timedelta(hours=2, seconds=1_000))
    assert three is not None
    assert following is not None
    assert three.count == 3
    assert three.last.planned_for == first.planned_for + timedelta(hours=2)
    assert following.planned_for == first.planned_for + timedelta(hours=3)


@pytest.mark.parametrize("days", [0, 400])
def test_of_many_that_passed_the_last_one_is_found_without_counting_them(days: int) -> None:
    made = timing("* * * * *", "Europe/Berlin", jitter_s=59)
    first = made.after(NOW)
    assert first is not None
    now = first.planned_for + timedelta(days=days, minutes=COUNTED + 10, seconds=30)
    passed, following = made.passed(first, now)
    assert passed is not None
    assert following is not None
    assert passed.count == COUNTED
    assert passed.last.begins_at <= now < following.begins_at
    assert following.planned_for - passed.last.planned_for == timedelta(minutes=1)
