"""A row of the matrix: a fault, what is promised under it, and what came of injecting it once."""

from __future__ import annotations

import abc
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.faults.compare import Difference
from bench.faults.matrix import TITLES

if TYPE_CHECKING:
    from bench.faults.scanning import Workload
    from bench.faults.world import World


@dataclass(frozen=True)
class Goal:
    """What has to be kept besides losing and doubling nothing; `within_s` bounds the recovery, None does not."""

    text: str
    within_s: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What one injection came to.

    `recovery_s` are the seconds until it went on as before, by what the row says; `broken` are further promises that
    were not kept, in words; `note` is what else is worth telling.
    """

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    recovery_s: float | None = None
    broken: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def of(
        cls,
        *found: Difference,
        recovery_s: float | None = None,
        broken: tuple[str, ...] = (),
        note: str = "",
    ) -> Outcome:
        """The outcome with all of these differences."""
        return cls(
            tuple(each for one in found for each in one.lost),
            tuple(each for one in found for each in one.doubled),
            recovery_s,
            broken,
            note,
        )

    def keeps(self, goal: Goal) -> bool:
        """Whether the goal is met; a row with a bound that came to no recovery has not met it."""
        if self.lost or self.doubled or self.broken:
            return False
        return goal.within_s is None or (
            self.recovery_s is not None and self.recovery_s <= goal.within_s
        )


class Row(abc.ABC):
    """A fault. Whatever it breaks it mends again, unless it fails: then the world is made anew."""

    number: ClassVar[int]
    goal: ClassVar[Goal]
    limit_s: ClassVar[float] = 240.0  # of one injection; what takes longer has failed
    workload: ClassVar[Workload | None] = None  # whose undisturbed run it compares with

    @property
    def title(self) -> str:
        """What the fault is."""
        return TITLES[self.number]

    @abc.abstractmethod
    async def inject(self, world: World, dice: random.Random) -> Outcome:
        """Break it once at a moment that `dice` chooses, and give what came of it."""
