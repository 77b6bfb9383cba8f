"""A figure, its reference of the same run and its goal; and how figures are printed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """A bound on a figure's value, or on its ratio to the reference."""

    limit: float
    way: Literal["at most", "at least"] = "at most"
    of: Literal["value", "ratio"] = "ratio"

    def is_met(self, value: float) -> bool:
        """Whether `value` keeps to it."""
        return value <= self.limit if self.way == "at most" else value >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.way == "at most" else "≥"
        return f"{sign} {self.limit:,g}{' ×' if self.of == 'ratio' else ''}"


@dataclass(frozen=True)
class Figure:
    """One measured value in `unit`, where there is one with a `reference` in the same unit and the `ratio` of both.

    The ratio is the median of the ratios of single rounds where there are rounds, so it need not be exactly that of
    the two values shown. `note` says how it came about where the name does not.
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    goal: Goal | None = None
    note: str = ""

    @classmethod
    def beside(
        cls, name: str, value: float, reference: float, unit: str, goal: Goal | None = None
    ) -> Figure:
        """A figure whose ratio is just value over reference."""
        return cls(name, value, unit, reference, value / reference, goal)

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        value = self.ratio if self.goal.of == "ratio" else self.value
        if value is None:
            raise ValueError(f"{self.name}: a goal for the ratio needs a reference")
        return self.goal.is_met(value)

    def as_json(self) -> dict[str, object]:
        """The figure as the last line of output carries it; what it does not have is left out."""
        told = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        if self.goal is not None:
            told |= {"goal": str(self.goal), "is_met": self.is_met}
        return told


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """The figures for reading, a line each."""
    head = ("", "measured", "reference", "ratio", "goal", "")
    return aligned([head, *(_cells(each) for each in figures)], left=(0, 5))


def aligned(rows: Sequence[Sequence[str]], left: Collection[int]) -> str:
    """Rows of cells as lines with columns: those of the numbers in `left` begin alike, the others end alike."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _cells(each: Figure) -> tuple[str, str, str, str, str, str]:
    missed = {True: "met", False: "MISSED", None: ""}[each.is_met]
    return (
        each.name,
        f"{_short(each.value)} {each.unit}".strip(),
        "" if each.reference is None else f"{_short(each.reference)} {each.unit}".strip(),
        "" if each.ratio is None else f"{each.ratio:.2f}",
        "" if each.goal is None else str(each.goal),
        f"{missed}  {each.note}" if each.note else missed,
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
