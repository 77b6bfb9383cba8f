"""What becomes of moments: every policy with every situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.scheduling.deciding import (
    ON_TIME,
    Decision,
    MissedRunPolicy,
    Outcome,
    OverlapPolicy,
    Standing,
    decide,
)
from server.scheduling.timing import Timing

PLANNED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOURLY = Timing("one", "0 * * * *", "UTC", 0)
FIRST = HOURLY.moment(PLANNED)
HOUR = timedelta(hours=1)
LATER, OVER = MissedRunPolicy, OverlapPolicy
FOUND = Standing(FIRST, None, LATER.SKIP, timedelta(minutes=30), OVER.SKIP)

# How late a moment is found, by its policy: outcome, and whether a run begins.
LATENESS = {
    #                    in time          after 61 s          after 30 min        after 31 min
    LATER.SKIP:     "STARTED          MISSED              MISSED              MISSED",
    LATER.RUN_ONCE: "STARTED          STARTED_LATE        STARTED_LATE        MISSED",
}  # fmt: skip
LATE = (ON_TIME, timedelta(seconds=61), timedelta(minutes=30), timedelta(minutes=31))

# What an open run makes of a moment in time, by policy: without one, with one, with one and another moment waiting.
OVERLAP = {
    #                          no open run      an open run         and one waits
    OVER.SKIP:           "STARTED          OVERLAPPED          OVERLAPPED",
    OVER.QUEUE:          "STARTED          QUEUED              OVERLAPPED",
    OVER.CANCEL_RUNNING: "STARTED          STARTED             STARTED",
}  # fmt: skip
ABOUT = ("none", "open", "waiting")


def outcomes(decision: Decision | None) -> list[str]:
    assert decision is not None
    return [each.outcome.value for each in decision.told]


@pytest.mark.parametrize("refusal", ["", "no"])
@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("missed", list(LATER))
def test_how_late(missed: MissedRunPolicy, late: timedelta, refusal: str) -> None:
    decision = decide(HOURLY, replace(FOUND, missed=missed, refusal=refusal), PLANNED + late)
    assert decision is not None
    wanted = LATENESS[missed].split()[LATE.index(late)]
    starts = wanted != "MISSED" and not refusal
    assert outcomes(decision) == ["REFUSED" if wanted != "MISSED" and refusal else wanted]
    assert decision.starts == (PLANNED if starts else None)
    assert decision.next == HOURLY.moment(PLANNED + HOUR)
    assert (decision.queued_for, list(decision.cancels)) == (None, [])


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("overlap", list(OVER))
def test_overlap(overlap: OverlapPolicy, about: str) -> None:
    waiting = PLANNED - HOUR if about == "waiting" else None
    found = replace(
        FOUND,
        overlap=overlap,
        queued_for=waiting,
        open_runs=() if about == "none" else ("r1", "r2"),
    )
    decision = decide(HOURLY, found, PLANNED)
    assert decision is not None
    wanted = OVERLAP[overlap].split()[ABOUT.index(about)]
    assert outcomes(decision) == [wanted]
    assert decision.starts == (PLANNED if wanted == "STARTED" else None)
    cancels = about != "none" and overlap is OVER.CANCEL_RUNNING
    assert list(decision.cancels) == (["r1", "r2"] if cancels else [])
    assert decision.queued_for == (PLANNED if wanted == "QUEUED" else waiting)
    assert decision.next == HOURLY.moment(PLANNED + HOUR)


def test_nothing_is_early() -> None:
    spread = Timing("one", "0 * * * *", "UTC", 900)
    found = replace(FOUND, next=spread.moment(PLANNED))
    assert found.next is not None
    assert found.next.begins_at > PLANNED
    assert decide(spread, found, found.next.begins_at - timedelta(microseconds=1)) is None
    assert outcomes(decide(spread, found, found.next.begins_at)) == ["STARTED"]
    assert decide(HOURLY, FOUND, PLANNED - timedelta(days=300)) is None, "a clock that was set back"
    assert decide(HOURLY, replace(FOUND, next=None), PLANNED) is None


@pytest.mark.parametrize(
    ("missed", "wanted"),
    [
        (LATER.SKIP, ["MISSED", "MISSED"]),
        (LATER.RUN_ONCE, ["MISSED", "STARTED_LATE"]),
    ],
)
def test_of_many_moments_that_passed_one_run_begins(
    missed: MissedRunPolicy, wanted: list[str]
) -> None:
    now = PLANNED + 5 * HOUR + timedelta(minutes=10)
    decision = decide(HOURLY, replace(FOUND, missed=missed), now)
    assert decision is not None
    assert outcomes(decision) == wanted
    earlier, last = decision.told
    assert (earlier.planned_for, last.planned_for) == (PLANNED, PLANNED + 5 * HOUR)
    assert earlier.reason.startswith("5 moments passed")
    assert "10 min late" in last.reason
    assert decision.starts == (PLANNED + 5 * HOUR if missed is LATER.RUN_ONCE else None)
    assert decision.next == HOURLY.moment(PLANNED + 6 * HOUR)


def test_what_waits_begins_once_nothing_is_open_before_what_is_due_by_then() -> None:
    found = replace(FOUND, overlap=OVER.QUEUE, queued_for=PLANNED - HOUR)
    assert decide(HOURLY, replace(found, open_runs=("r1",)), PLANNED - timedelta(minutes=1)) is None
    decision = decide(HOURLY, found, PLANNED + timedelta(seconds=1))
    assert decision is not None
    assert (decision.starts, decision.queued_for) == (PLANNED - HOUR, None)
    assert decision.next == FIRST, "it is looked at again with the run that begins now"
    assert outcomes(decision) == ["STARTED_LATE"]
    refused = decide(HOURLY, replace(found, refusal="no"), PLANNED)
    assert refused is not None
    assert (refused.starts, refused.queued_for, refused.told[0].reason) == (None, None, "no")
    assert refused.told[0].outcome is Outcome.REFUSED
