"""Which jobs a step hints while modules do not work, and for which of them a run waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors._kit.faults import Fault
from server.jobs.gates import HINT_AGAIN, MOST_WAIT, Gates, Ready
from server.modules.health import Health

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def health(opens_in: timedelta, *, is_trying: bool = False) -> Health:
    return Health(3, 1, Fault.DEFECT, "", NOW, NOW, NOW + opens_in, is_trying)


OPEN, SOON, TRIED = health(HOUR), health(timedelta(minutes=1)), health(timedelta())
GATES = Gates(
    NOW,
    {
        "open": OPEN, "soon": SOON, "tried": TRIED,
        "busy": health(timedelta(), is_trying=True), "well": Health(failures=2, fault=Fault.DEFECT),
    },
)  # fmt: skip
KNOWN = ("busy", "open", "other", "soon", "tried", "well")


@pytest.mark.parametrize(
    ("offered", "hinted"),
    [(None, ["other", "well"]), (["open", "other", "tried"], ["other"]), ([], [])],
)
def test_only_what_works_is_simply_hinted(offered: list[str] | None, hinted: list[str]) -> None:
    assert GATES.narrowed(offered, KNOWN) == hinted


@pytest.mark.parametrize("offered", [None, ["a"], []])
def test_where_all_works_nothing_is_narrowed(offered: list[str] | None) -> None:
    assert Gates(NOW, {"well": Health(failures=2)}).narrowed(offered, KNOWN) is offered


@pytest.mark.parametrize(
    ("ready", "offered", "hinted"),
    [
        ([], None, []),
        ([Ready("1", "tried")], None, ["1"]),
        ([Ready("1", "tried"), Ready("2", "tried")], None, ["2"]),
        ([Ready("1", "tried", LONG_AGO), Ready("2", "tried")], None, ["1"]),
        ([Ready("1", "tried", NOW - HINT_AGAIN)], ["tried"], ["1"]),
        ([Ready("1", "tried")], ["other"], []),
        # One that was hinted just now may be taken at any moment.
        ([Ready("1", "tried", NOW), Ready("2", "tried", LONG_AGO)], None, []),
        ([Ready("1", "busy"), Ready("2", "open"), Ready("3", "well"), Ready("4", "other")], None, []),
    ],
)  # fmt: skip
def test_one_job_of_a_module_that_is_tried_is_hinted(
    ready: list[Ready], offered: list[str] | None, hinted: list[str]
) -> None:
    assert [each.id for each in GATES.trials(ready, offered)] == hinted


@pytest.mark.parametrize(
    ("collectors", "time_left", "left"),
    [
        ((), HOUR, []),
        (("well", "other", "tried", "busy"), timedelta(), []),
        (("soon", "open"), HOUR, ["open"]),
        (("soon", "open"), timedelta(seconds=59), ["open", "soon"]),
        (("soon", "soon"), timedelta(minutes=1), []),
    ],
)
def test_a_run_waits_for_what_comes_back_in_time(
    collectors: tuple[str, ...], time_left: timedelta, left: list[str]
) -> None:
    assert GATES.hopeless(collectors, time_left) == left


def test_no_run_waits_longer_than_the_longest_wait() -> None:
    just = Gates(NOW, {"a": health(MOST_WAIT), "b": health(MOST_WAIT + timedelta(seconds=1))})
    assert just.hopeless(["a", "b"], 24 * HOUR) == ["b"]
