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
