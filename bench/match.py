"""How well records are matched without training, on labelled sets, and how fast; beside rapidfuzz alone and others.

The sets lie beside the project (`bench/_kit/labelled.py`); without them only speed is measured, on records made up here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from bench._kit.figure import Figure, Goal
from bench._kit.labelled import LabelledSet, Pairs, labelled_sets
from bench._kit.plain import plain
from bench._kit.plan import Plan
from graph.match.records.resolve import Resolution, deduplicate, link

GOALS = {"dblp-acm": 0.990, "abt-buy": 0.90, "restaurants-oaei": 0.90, "febrl1": 1.0}
SMALL = 1_000  # records that a set may have in a quick run


async def measure(plan: Plan) -> Sequence[Figure]:
    """Match every set, then time comparing."""
    figures: list[Figure] = []
    for labelled in labelled_sets():
        if labelled.size <= plan.size(1_000_000, SMALL):
            plan.say(f"match: {labelled.name}")
            figures.extend(_of_set(labelled))
    return figures


def f1(found: Pairs, right: Pairs) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & right) / max(len(found) + len(right), 1)


def _of_set(labelled: LabelledSet) -> Iterator[Figure]:
    began = time.perf_counter()
    found = link(labelled.left, labelled.right) if labelled.right else deduplicate(labelled.left)
    took = time.perf_counter() - began
    began = time.perf_counter()
    reference = plain(labelled)
    took_plain = time.perf_counter() - began
    goal = GOALS.get(labelled.name)
    right = len(found.pairs & labelled.pairs)
    ours, theirs = f1(found.pairs, labelled.pairs), f1(reference, labelled.pairs)
    yield Figure(
        f"{labelled.name}: F1", ours, "", theirs or None, ours / theirs if theirs else None,
        Goal(goal, "at least", "value") if goal else None,
        f"precision {right / max(len(found.pairs), 1):.3f}, recall {right / len(labelled.pairs):.3f}",
    )  # fmt: skip
    yield from _of_blocking(labelled, found)
    certain = _certain(found)
    yield Figure(
        f"{labelled.name}: wrong merges", len(certain - labelled.pairs), "",
        goal=Goal(0, of="value"), note=f"of {len(certain)} accepted automatically",
    )  # fmt: skip
    yield Figure.beside(f"{labelled.name}: time", took, took_plain, "s")


def _of_blocking(labelled: LabelledSet, found: Resolution) -> Iterator[Figure]:
    left, right = found.tables
    ends = zip(found.candidates.left.tolist(), found.candidates.right.tolist(), strict=True)
    candidates = frozenset((left.ids[a], right.ids[b]) for a, b in ends)
    recall = len(candidates & labelled.pairs) / len(labelled.pairs)
    yield Figure(
        f"{labelled.name}: blocking recall", recall, "", goal=Goal(0.99, "at least", "value")
    )
    yield Figure(
        f"{labelled.name}: candidates a record", len(candidates) / labelled.size, "",
        goal=Goal(20, of="value"),
    )  # fmt: skip


def _certain(found: Resolution) -> Pairs:
    left, right = found.tables
    rows = (
        (int(found.candidates.left[at]), int(found.candidates.right[at]))
        for at in found.cut.certain.tolist()
    )
    return frozenset((left.ids[a], right.ids[b]) for a, b in rows)
