"""How well records are matched without training, on labelled sets, and how fast; beside rapidfuzz alone and others.

The sets lie beside the project (`bench/_kit/labelled.py`); without them only speed is measured, on records made up.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from bench._kit.figure import Figure, Goal
from bench._kit.labelled import LabelledSet, Pairs, labelled_sets
from bench._kit.naming import bodies, name_pairs, pairs_of, people
from bench._kit.plain import plain
from bench._kit.plan import Plan
from bench._kit.references import DEFAULT, NameScorer, matchers, name_scorers
from graph.match.kinds import shipped
from graph.match.prefilter import alike
from graph.match.profile import Profile
from graph.match.records.resolve import Resolution, deduplicate, link

GOALS = {"dblp-acm": 0.990, "abt-buy": 0.90, "restaurants-oaei": 0.90, "febrl1": 1.0}
SMALL = 1_000  # records that a set may have in a quick run


async def measure(plan: Plan) -> Sequence[Figure]:
    """Match every set, rank names, then time comparing."""
    figures: list[Figure] = []
    for labelled in labelled_sets():
        if labelled.size <= plan.size(1_000_000, SMALL):
            plan.say(f"match: {labelled.name}")
            figures.extend(_of_set(plan, labelled))
            figures.extend(_of_names(plan, labelled))
    plan.say("match: speed")
    return [*figures, *_of_speed(plan)]


def f1(found: Pairs, right: Pairs) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & right) / max(len(found) + len(right), 1)


def _of_set(plan: Plan, labelled: LabelledSet) -> Iterator[Figure]:
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
    yield from _beside_others(plan, labelled, found, ours)


def _beside_others(
    plan: Plan, labelled: LabelledSet, found: Resolution, ours: float
) -> Iterator[Figure]:
    for name, match in matchers().items() if not plan.is_quick else ():
        began = time.perf_counter()
        try:
            theirs = f1(match(labelled, found.candidates), labelled.pairs)
        except Exception as error:  # whatever another system fails of
            plan.say(f"match: {name} fails on {labelled.name}: {str(error).splitlines()[0][:120]}")
            continue
        took = time.perf_counter() - began
        if theirs:
            yield Figure(
                f"{labelled.name}: F1 beside {name}", ours, "", theirs, ours / theirs,
                Goal(1, "at least"), f"which took {took:.1f} s",
            )  # fmt: skip


def _of_names(plan: Plan, labelled: LabelledSet) -> Iterator[Figure]:
    """How well names alone rank the pairs that are one, beside rapidfuzz and the best of nomenklatura's matchers."""
    pairs = name_pairs(labelled)
    if pairs is None or not any(pairs.is_one):
        return
    ours = pairs.precision(pairs.ours())
    alike = [fuzz.token_sort_ratio(a.lower(), b.lower()) for a, b in pairs.pairs]
    what = "people's" if pairs.schema == "Person" else "bodies'"
    yield Figure.beside(
        f"{pairs.name}: {what} names, average precision", ours, pairs.precision(alike), "",
        Goal(1, "at least"),
    )  # fmt: skip
    scorers = {} if plan.is_quick else name_scorers()
    theirs = {n: pairs.precision(score(pairs.pairs, pairs.schema)) for n, score in scorers.items()}
    if theirs:
        best = max(theirs, key=theirs.__getitem__)
        yield Figure(
            f"{pairs.name}: {what} names, beside nomenklatura", ours, "", theirs[best],
            ours / theirs[best], Goal(1, "at least"), f"its best is {best.partition(' ')[2]}",
        )  # fmt: skip


def _of_speed(plan: Plan) -> Iterator[Figure]:
    count = plan.size(60_000, 2_000)
    for what, profiles in (("people", people(2_000)), ("companies", bodies(2_000))):
        pairs = list(pairs_of(profiles, count))
        scorer = shipped(profiles[0].kind)
        took = _timed(lambda scorer=scorer, pairs=pairs: deque(scorer.judge_all(pairs), maxlen=0))  # type: ignore[misc]
        speed = count / took
        yield Figure(
            f"{what} judged, with reasons", speed, "pairs/s", goal=Goal(50_000, "at least", "value")
        )
        scorers = {} if plan.is_quick else name_scorers()
        if DEFAULT in scorers:
            theirs = _their_speed(scorers[DEFAULT], profiles, pairs[:2_000])
            yield Figure.beside(
                f"{what} judged, beside nomenklatura on names alone", speed, theirs, "pairs/s",
                Goal(10, "at least"),
            )  # fmt: skip
    names = [profile.names[0] for profile in bodies(plan.size(4_000, 400))]
    bare = _timed(
        lambda: process.cdist(
            names, names, scorer=fuzz.ratio, score_cutoff=80, dtype=np.uint8, workers=-1
        )
    )
    filtered = _timed(lambda: alike(names, names, 0.8, workers=-1))
    yield Figure.beside(
        "names prefiltered", len(names) ** 2 / filtered, len(names) ** 2 / bare, "pairs/s",
        Goal(0.7, "at least"),
    )  # fmt: skip


def _their_speed(
    score: NameScorer, profiles: Sequence[Profile], pairs: Sequence[tuple[Profile, Profile]]
) -> float:
    """Pairs a second of a matcher of nomenklatura's, which gets nothing but names to compare."""
    schema = "Person" if profiles[0].kind == "Person" else "Company"
    named = [(a.names[0], b.names[0]) for a, b in pairs]
    return len(named) / _timed(lambda: score(named, schema))


def _timed(once: Callable[[], object]) -> float:
    """Seconds of the fastest of three rounds."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        once()
        took.append(time.perf_counter() - began)
    return min(took)


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
