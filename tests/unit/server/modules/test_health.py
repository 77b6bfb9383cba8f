"""When a module is asked no more, and when it is asked again: each state with each evidence, and any series of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._kit.faults import Fault, Tally
from collectors._kit.registry import BrokenCollector
from graph.errors import InvalidFact, LimitExceeded, MirageError, Refused, StoreUnavailable
from server.modules.health import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MOST_FAILURES,
    NOTHING,
    WELL,
    WINDOW,
    WORKS,
    BrokenModule,
    Evidence,
    Health,
    HealthState,
    Says,
    after,
    evidence_of,
    evidence_of_error,
    failing,
    pause,
    shut,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILS = failing(Fault.UNAVAILABLE)
ONCE = Health(failures=1, fault=Fault.UNAVAILABLE, failed_at=NOW - MINUTE)
TWICE = replace(ONCE, failures=2)
OPEN = Health(
    failures=3, openings=1, fault=Fault.UNAVAILABLE, failed_at=NOW, since=NOW, until=NOW + MINUTE
)
HALF_OPEN = replace(OPEN, until=NOW, since=NOW - MINUTE, is_trying=True)


@pytest.mark.parametrize(
    ("health", "evidence", "is_trial", "expected"),
    [
        (WELL, NOTHING, False, WELL),
        (WELL, WORKS, False, WELL),
        (WELL, FAILS, False, replace(ONCE, failed_at=NOW)),
        (ONCE, NOTHING, False, ONCE),
        (ONCE, WORKS, False, WELL),
        (ONCE, FAILS, False, replace(TWICE, failed_at=NOW)),
        (TWICE, NOTHING, False, TWICE),
        (TWICE, WORKS, False, WELL),
        (TWICE, FAILS, False, OPEN),
        # What was begun before it opened, and ends while it is open or tried, tells of that time.
        (OPEN, NOTHING, False, OPEN),
        (OPEN, WORKS, False, OPEN),
        (OPEN, FAILS, False, OPEN),
        (HALF_OPEN, NOTHING, False, HALF_OPEN),
        (HALF_OPEN, WORKS, False, HALF_OPEN),
        (HALF_OPEN, FAILS, False, HALF_OPEN),
        (HALF_OPEN, NOTHING, True, HALF_OPEN),
        (HALF_OPEN, WORKS, True, WELL),
        (
            HALF_OPEN, FAILS, True,
            replace(
                HALF_OPEN, failures=4, openings=2, failed_at=NOW, until=NOW + 2 * MINUTE,
                is_trying=False,
            ),
        ),
    ],
)  # fmt: skip
def test_what_each_evidence_makes_of_each_state(
    health: Health, evidence: Evidence, is_trial: bool, expected: Health
) -> None:
    made = after(health, evidence, NOW, is_trial=is_trial)
    assert made == expected
    assert (made is health) == (made == health), "what changes nothing is the same object"


def test_a_failure_long_after_the_one_before_begins_a_new_row() -> None:
    late = NOW + WINDOW
    assert after(TWICE, FAILS, late - MINUTE).until is not None
    assert after(TWICE, FAILS, late).failures == 1


def test_a_trial_that_fails_long_after_goes_on_with_the_row() -> None:
    late = after(HALF_OPEN, FAILS, NOW + 2 * WINDOW, is_trial=True)
    assert (late.failures, late.openings) == (4, 2)


def test_its_moments_alone_make_it_half_open() -> None:
    assert WELL.state(NOW) is HealthState.CLOSED
    assert TWICE.state(NOW) is HealthState.CLOSED
    assert OPEN.state(NOW + MINUTE - timedelta(milliseconds=1)) is HealthState.OPEN
    assert OPEN.state(NOW + MINUTE) is HealthState.HALF_OPEN


def test_it_pauses_twice_as_long_each_time_and_no_longer_than_the_longest() -> None:
    assert [pause(n) // MINUTE for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause(1) == FIRST_PAUSE
    assert pause(10**6) == LONGEST_PAUSE


@given(
    st.lists(
        st.tuples(
            st.sampled_from([WORKS, NOTHING, FAILS, failing(Fault.DEFECT, "KeyError")]),
            st.integers(0, 3 * 60 * 60),
            st.booleans(),
        )
    )
)
def test_any_series_keeps_what_a_health_means(series: list[tuple[Evidence, int, bool]]) -> None:
    health, now = WELL, NOW
    for evidence, seconds, comes_as_trial in series:
        now += timedelta(seconds=seconds)
        is_trial = comes_as_trial and health.state(now) is HealthState.HALF_OPEN
        before, health = health, after(health, evidence, now, is_trial=is_trial)
        assert (health.until is None) == (health.openings == 0) == (health.since is None)
        assert (health.failures == 0) == (health.fault is None) == (health == WELL)
        assert health.until is not None or health.failures < MOST_FAILURES
        assert health.until is None or health.until <= now + LONGEST_PAUSE, "it comes back"
        if before.until is not None and health.until != before.until:
            assert is_trial, "only a trial moves what is open"
        if evidence.says is Says.WORKS and (before.until is None or is_trial):
            assert health == WELL
        assert set(shut({"a": health}, now)) == (
            {"a"} if health.state(now) is HealthState.OPEN else set()
        )


def test_why_it_is_not_asked_is_told_with_until_when() -> None:
    assert shut({"a": OPEN, "b": HALF_OPEN, "c": WELL, "d": TWICE}, NOW) == {
        "a": "it failed 3 times in a row and is not asked until 2026-01-01 12:01:00 UTC: its source does not answer"
    }
    assert replace(OPEN, fault=Fault.DEATH, detail="by SIGKILL").reason == (
        "its jobs take their processes along (by SIGKILL)"
    )
    assert WELL.reason == ""
    assert all(replace(OPEN, fault=fault).reason for fault in Fault)


def tally(answered: int = 0, unblamed: int = 0, **faults: int) -> Tally:
    made = Tally(answered, unblamed + sum(faults.values()))
    made.faults.update({Fault(name): count for name, count in faults.items()})
    made.defect = "KeyError" if made.faults[Fault.DEFECT] else ""
    return made


@pytest.mark.parametrize(
    ("told", "activity", "trouble", "evidence"),
    [
        (tally(), "P0", "", NOTHING),
        (tally(answered=1), "P0", "", WORKS),
        (tally(answered=1, DEFECT=24), "P2", "", WORKS),
        (tally(answered=1, UNAVAILABLE=24), "P0", "", WORKS),
        (tally(DEFECT=1, UNAVAILABLE=24), "P2", "", failing(Fault.DEFECT, "KeyError")),
        (tally(DEFECT=1), "P0", "no resolver", failing(Fault.DEFECT, "KeyError")),
        (tally(UNAVAILABLE=25), "P0", "", failing(Fault.UNAVAILABLE)),
        (tally(UNAVAILABLE=25), "P0", "no resolver answers", NOTHING),
        (tally(UNAVAILABLE=25), "P1", "", NOTHING),
        (tally(UNAVAILABLE=25), "P2", "", NOTHING),
        (tally(UNREADABLE=25), "P3", "", NOTHING),
        (tally(UNAVAILABLE=24, unblamed=1), "P0", "", NOTHING),
        (tally(unblamed=25), "P0", "", NOTHING),
        (tally(UNREADABLE=1, RATE_LIMITED=2), "P0", "", failing(Fault.RATE_LIMITED)),
        (tally(UNAUTHORIZED=2, RATE_LIMITED=2), "P0", "", failing(Fault.UNAUTHORIZED)),
    ],
)
def test_what_the_answers_of_a_job_say_of_its_module(
    told: Tally, activity: str, trouble: str, evidence: Evidence
) -> None:
    assert evidence_of(told, activity, trouble) == evidence


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (BrokenCollector("its file"), failing(Fault.DEFECT, "BrokenCollector")),
        (InvalidFact("too large"), failing(Fault.DEFECT, "InvalidFact")),
        (Refused("a name", "x", "why"), NOTHING),
        (LimitExceeded("x"), NOTHING),
        (StoreUnavailable("x"), NOTHING),
        (MirageError("the secret cannot be opened"), NOTHING),
        (BrokenModule("elsewhere", failing(Fault.DEFECT, "X")), failing(Fault.DEFECT, "X")),
    ],
)
def test_what_an_error_that_ends_a_job_says_of_its_module(
    error: MirageError, evidence: Evidence
) -> None:
    assert evidence_of_error(error) == evidence
