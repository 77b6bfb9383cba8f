"""What the lab's unit tests share."""

import datetime as dt

import pytest

from lab.truth import Truth
from lab.world import World

TODAY = dt.date(2026, 5, 4)


@pytest.fixture(scope="session")
def world() -> World:
    """The lab's world on a fixed day."""
    return World.read(today=TODAY)


@pytest.fixture(scope="session")
def truth(world: World) -> Truth:
    """The truth of that world."""
    return Truth(world)
