"""Seats: so many for each, and free again whatever happens."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from server.web.seats import Seats, TooManyOpen


def test_each_user_has_so_many() -> None:
    seats = Seats("chairs", 2)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(seats.taken("ann"))
        with pytest.raises(TooManyOpen, match="one user may have 2 chairs open"):
            held.enter_context(seats.taken("ann"))
        held.enter_context(seats.taken("bob"))
    with seats.taken("ann"), seats.taken("ann"):
        pass


def test_a_seat_is_free_again_after_a_fault() -> None:
    seats = Seats("chairs", 1)
    for _ in range(3):
        with pytest.raises(KeyError), seats.taken("ann"):
            raise KeyError
    assert not seats._taken
