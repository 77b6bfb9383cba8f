"""A source's keys, as a batch uses them: for each entity those that are lent, others where the source refuses these.

Which keys there are, what is left of each and how their state is shared is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from collectors._kit.base import Collector
from collectors._kit.faults import KeyTrouble
from graph.errors import MirageError


class NoKey(MirageError):
    """No key of a source can be used now; the message says why. One that `rests` may be used later."""

    code = "NO_KEY"

    def __init__(self, message: str, *, rests: bool) -> None:
        super().__init__(message)
        self.rests = rests


@dataclass(frozen=True)
class Loan:
    """What is lent for a lookup: a value of each name, and the units that were taken for it. `id` tells keys apart."""

    id: str
    values: Mapping[str, str]
    units: int


class Keys(Protocol):
    """The keys of a source that a batch may use."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values of all of them, to be kept out of whatever is told or kept."""
        ...

    def has_other(self, loan: Loan) -> bool:
        """Whether another key is likely to be lent where these are refused."""
        ...

    async def lend(self, label: str) -> Loan:
        """Keys for a lookup of a kind of entity. Raises NoKey."""
        ...

    async def refused(self, loan: Loan, trouble: KeyTrouble) -> None:
        """Take back what the source did not accept."""
        ...

    async def accepted(self, loan: Loan) -> None:
        """Note that the source answered to whoever showed these."""
        ...


@dataclass
class Keyed:
    """How a batch asks with keys: from `keys`, with a collector made for each that is lent."""

    keys: Keys
    make: Callable[[Mapping[str, str]], Collector]
    ended: str = ""  # why nothing more of the batch was begun, where no key was left
    _made: dict[str, Collector] = field(default_factory=dict)

    def collector(self, loan: Loan) -> Collector:
        """The collector that shows these keys."""
        if loan.id not in self._made:
            self._made[loan.id] = self.make(loan.values)
        return self._made[loan.id]
