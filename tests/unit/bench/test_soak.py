"""What a soak says of samples: what has grown, what is only noise, what has not come back."""

from __future__ import annotations

import pytest

from bench.soak.judging import Level, Sample, judged, slope, unreturned


def samples(growth: float, minutes: int = 30, restarts: int = 0) -> list[Sample]:
    """Every ten seconds; grown by 50 MB in the warm-up, and by `growth` MB an hour from then on."""
    warm = minutes * 60 / 3

    def memory(at: int) -> float:
        return 100 + 50 * min(at / warm, 1) + growth * max(0, at - warm) / 3600

    return [
        Sample(at, 7 + restarts * (at > 2 * warm), memory(at), 20, 4)
        for at in range(0, minutes * 60, 10)
    ]


def test_a_slope_is_that_of_the_line_next_to_all_points() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(0, 0), (1, 1), (2, 0), (3, 1)]) == pytest.approx(0.2)
    assert (slope([]), slope([(1, 5)]), slope([(1, 5), (1, 7)])) == (0, 0, 0)


@pytest.mark.parametrize(
    ("growth", "minutes", "missed"),
    [
        (50, 30, ()),
        (70, 30, ("grew by 70 MB/h",)),
        (70, 9, ()),  # less than ten minutes
        (1_000, 3, ()),  # caches may still fill
        (-30, 30, ()),
    ],
)
def test_what_grows_after_the_warm_up_misses_the_goal(
    growth: float, minutes: int, missed: tuple[str, ...]
) -> None:
    verdict = judged("api", samples(growth, minutes), None)
    assert verdict.missed == missed
    assert verdict.mb_per_h == pytest.approx(growth, abs=1)


def test_a_database_is_judged_by_its_bound() -> None:
    assert judged("redis", samples(100), 250).missed == ()
    assert judged("redis", samples(100), 160).missed == ("183 MB, more than 160",)


def test_a_process_that_was_started_again_is_told() -> None:
    assert judged("api", samples(0, restarts=1), None).missed == ("it was started again",)


def test_what_does_not_come_back_is_told() -> None:
    before = Level({"api": 40, "redis": 12}, {"api": 8, "redis": 4}, {"mirage_subscriptions": 0})
    assert unreturned(before, before) == []
    after = Level({"api": 51, "redis": 13}, {"api": 13, "redis": 4}, {"mirage_subscriptions": 2})
    assert unreturned(before, after) == [
        "api: 51 files at rest, 40 before",
        "api: 13 threads at rest, 8 before",
        "mirage_subscriptions: 2 at rest, 0 before",
    ]
