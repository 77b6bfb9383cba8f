"""How long a run has worked, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.jobs.lifecycle import RunState
from server.jobs.progress import Clock, Share, seconds_left

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUNNING = Clock(RunState.RUNNING, NOW - timedelta(minutes=20), None, None, None, 0.0)
SHARE = Share("dns.resolve", 100, 40, 10, 0, 0, 90, 60)
ALL = 1_000


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("clock", "minutes"),
    [
        (Clock(RunState.ACCEPTED, None, None, None, None, 0.0), 0),
        (RUNNING, 20),
        (replace(RUNNING, paused_s=240.0), 16),
        (replace(RUNNING, state=RunState.PAUSED, paused_at=ago(300)), 15),
        (replace(RUNNING, state=RunState.PAUSED, paused_at=ago(300), paused_s=60.0), 14),
        (replace(RUNNING, paused_at=ago(300), resumed_at=ago(240), paused_s=60.0), 19),
        (replace(RUNNING, state=RunState.CANCELLED, ended_at=ago(600), paused_s=60.0), 9),
        (replace(RUNNING, paused_s=9_000.0), 0),
    ],
)
def test_pauses_and_what_comes_after_the_end_are_not_worked(clock: Clock, minutes: int) -> None:
    assert clock.worked(NOW) == timedelta(minutes=minutes)


def test_the_rest_takes_as_long_as_as_much_took_lately() -> None:
    # 60 entities in the last 300 seconds, 50 left
    assert seconds_left(RUNNING, [SHARE], NOW, ALL) == 250
    other = replace(SHARE, collector="tcp.connect", waiting=10, under_way=0, recent=0)
    assert seconds_left(RUNNING, [SHARE, other], NOW, ALL) == 300
    assert seconds_left(RUNNING, [SHARE], NOW, 6) == 30, "no more than the budget lets it"
    young = replace(RUNNING, started_at=ago(60))
    assert seconds_left(young, [SHARE], NOW, ALL) == 50
    resumed = replace(RUNNING, resumed_at=ago(30))
    assert seconds_left(resumed, [SHARE], NOW, ALL) == 25


@pytest.mark.parametrize(
    ("clock", "share"),
    [
        (replace(RUNNING, state=RunState.PAUSED), SHARE),
        (replace(RUNNING, state=RunState.FINISHED), SHARE),
        (replace(RUNNING, started_at=None), SHARE),
        (replace(RUNNING, started_at=ago(5)), SHARE),
        (replace(RUNNING, resumed_at=ago(5)), SHARE),
        (RUNNING, replace(SHARE, recent=0)),
        (RUNNING, replace(SHARE, waiting=0, under_way=0)),
        (RUNNING, replace(SHARE, absent=1)),
    ],
)
def test_where_nothing_can_be_said_nothing_is(clock: Clock, share: Share) -> None:
    assert seconds_left(clock, [share], NOW, ALL) is None


def test_nothing_is_said_without_jobs_or_budget() -> None:
    assert seconds_left(RUNNING, [], NOW, ALL) is None
    assert seconds_left(RUNNING, [SHARE], NOW, 0) is None
