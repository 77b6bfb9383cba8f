"""Collecting garbage seldom does not mean keeping it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from server import memory


class Knot:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_left_out_and_what_is_made_later_is_collected() -> None:
    memory.settle()
    later = weakref.ref(Knot())

    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == memory.THRESHOLDS
    gc.collect()
    assert later() is None


def test_nothing_is_collected_while_all_that_is_made_stays() -> None:
    gc.set_threshold(10)
    with memory.undisturbed():
        knot = weakref.ref(Knot())
        assert [Knot() for _ in range(1_000)]
        assert knot() is not None
    assert gc.isenabled()
    gc.collect()
    assert knot() is None


def test_where_collecting_was_off_it_stays_so() -> None:
    gc.disable()
    try:
        with memory.undisturbed():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
