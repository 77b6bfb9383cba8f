"""Whose fault it is that there is no answer: what an error tells of a collector and of the source it asks.

Pure. What follows from it is decided elsewhere (`server.modules.health`); an error's words stay with its observation.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field

from graph.errors import InvalidFact, MirageError, Refused, SourceRejected, SourceUnavailable
from graph.facts import Outcome


class Busy(SourceUnavailable):
    """A source that asks to be asked later: after `retry_after_s`, which it said itself where that `is_told`."""

    def __init__(self, message: str, retry_after_s: float, *, is_told: bool = True) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.is_told = is_told


class RateLimited(Busy):
    """A source that says it is asked too often."""


class QuotaSpent(RateLimited):
    """A source that says that what may be asked of it is used up: for a key of it, another one may help.

    Asking again soon does not. `after_s` is when it comes back, where the source says so.
    """

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message, after_s or 0.0, is_told=after_s is not None)


class Unauthorized(SourceRejected):
    """A source that does not answer us: the key is wrong or missing, or it may not do this."""


KeyTrouble = RateLimited | Unauthorized
"""What a source says of the key that it was shown; with another one it may answer."""


class NotCovered(SourceRejected):
    """A source that has no business with this entity, as it says itself; another one may."""


class Fault(enum.StrEnum):
    """What a collector, or its source, did wrong. Of several, the first here is told."""

    DEATH = "DEATH"
    DEFECT = "DEFECT"
    UNAUTHORIZED = "UNAUTHORIZED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    UNREADABLE = "UNREADABLE"


_BY_ERROR: tuple[tuple[type[Exception], Fault | None], ...] = (  # the first that fits
    (NotCovered, None),
    (Unauthorized, Fault.UNAUTHORIZED),
    (RateLimited, Fault.RATE_LIMITED),
    (SourceUnavailable, Fault.UNAVAILABLE),
    (SourceRejected, Fault.UNREADABLE),
    (Refused, Fault.UNREADABLE),  # a value of the source's, which the collector handed on
    (InvalidFact, Fault.DEFECT),
    (MirageError, None),  # a limit, a refusal of ours, a database that is away
)


def fault_of(error: Exception) -> Fault | None:
    """Whose fault an error is that came of asking or reading; None where it is nobody's there.

    What is not raised on purpose is a defect of the code that raised it.
    """
    for kind, fault in _BY_ERROR:
        if isinstance(error, kind):
            return fault
    return Fault.DEFECT


@dataclass
class Tally:
    """How the parts of some entities ended: answers, errors, and of these whose fault they were.

    `defect` is the class of the first defect's exception; its words may tell of the entity, and stay out.
    """

    answered: int = 0
    errors: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    defect: str = ""

    @property
    def worst(self) -> Fault | None:
        """Whose fault it is that an answer is missing, the first of `Fault` where several are to blame."""
        return next((fault for fault in Fault if self.faults[fault]), None)

    def note(self, outcome: Outcome, fault: Fault | None, defect: str = "") -> None:
        """Count a part that ended so."""
        self.answered += outcome.is_answer
        if outcome is Outcome.ERROR:
            self.errors += 1
            self.defect = self.defect or defect
            if fault is not None:
                self.faults[fault] += 1
