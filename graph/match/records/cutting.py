"""Where to cut: which scored pairs are taken for one, chosen from the scores alone.

Between two tables that have each thing once, whoever has found its partner shows with its next best what a wrong best
looks like. Within one table, being the same is transitive: pairs that are not are too many.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from graph.match.records.bags import Floats, Ints
from graph.match.records.candidates import Candidates

_ROUNDS = 50
_MOST_LOOKED_AT = 60  # partners of one record that transitivity is tried on


def cut_between(pairs: Candidates, scores: Floats, records: int) -> Ints:
    """The pairs of two tables with the highest expected F1, by position. `records` is the smaller table's number.

    After the best one-to-one pairs are taken away, the best of the rest are wrong for each record that has a partner;
    of the pairs taken first as many are wrong, as far as records have none.
    """
    everything = np.arange(len(pairs))
    first = _greedy(pairs, scores, everything)
    second = _greedy(pairs, scores, np.setdiff1d(everything, first, assume_unique=True))
    if not len(second):
        return first
    steps = np.unique(np.concatenate([scores[first], scores[second]]))[::-1]
    taken, wrong = _reaching(scores[first], steps), _reaching(scores[second], steps)
    alone = _share_alone(taken, wrong, records)
    right = np.maximum(taken - alone * wrong, 0.0)
    expected = 2 * right / (taken + right.max())
    kept: Ints = first[scores[first] >= steps[int(expected.argmax())]]
    return kept


def expected_f1(probability: Floats) -> float:
    """The F1 that taking the pairs more probable than not would have, were the probabilities true; 1 without any."""
    taken = probability >= 0.5
    total = float(taken.sum() + probability.sum())
    return 2 * float(probability[taken].sum()) / total if total else 1.0


def transitivity(pairs: Candidates, taken: Ints) -> float:
    """Of all pairs of partners of a record, how many are partners: from 0 to 1, and near 1 where there are few."""
    partners: dict[int, set[int]] = defaultdict(set)
    for left, right in zip(pairs.left[taken].tolist(), pairs.right[taken].tolist(), strict=True):
        partners[left].add(right)
        partners[right].add(left)
    closed, every = 2, 2
    for found in partners.values():
        some = sorted(found)[:_MOST_LOOKED_AT]
        for at, one in enumerate(some):
            every += len(some) - at - 1
            closed += len(partners[one].intersection(some[at + 1 :]))
    return closed / every


def groups(pairs: Candidates, probability: Floats, records: int) -> list[list[int]]:
    """The rows of one table in groups, most probable pairs first; rows in no group are left out.

    Two groups become one where the compared pairs between them are one with a probability of 1/2 in the mean.
    """
    ends = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    known = dict(zip(ends, probability.tolist(), strict=True))
    group_of = list(range(records))
    members = {row: [row] for row in range(records)}
    likely = np.flatnonzero(probability >= 0.5)
    for at in likely[np.argsort(-probability[likely], kind="stable")].tolist():
        one, other = group_of[int(pairs.left[at])], group_of[int(pairs.right[at])]
        if one == other or _mean_between(members[one], members[other], known) < 0.5:
            continue
        one, other = min(one, other), max(one, other)
        for row in members[other]:
            group_of[row] = one
        members[one].extend(members.pop(other))
    return [sorted(rows) for rows in members.values() if len(rows) > 1]


def _mean_between(one: list[int], other: list[int], known: dict[tuple[int, int], float]) -> float:
    found = [
        probable
        for a in one
        for b in other
        if (probable := known.get((a, b) if a < b else (b, a))) is not None
    ]
    return sum(found) / len(found) if found else 0.0


def _greedy(pairs: Candidates, scores: Floats, among: Ints) -> Ints:
    """The best pairs of some of which no two have a record in common, best first; of equal ones the first."""
    taken: list[int] = []
    lefts, rights = set[int](), set[int]()
    order = among[np.argsort(-scores[among], kind="stable")]
    ordered = zip(
        order.tolist(), pairs.left[order].tolist(), pairs.right[order].tolist(), strict=True
    )
    for at, left, right in ordered:
        if left not in lefts and right not in rights:
            lefts.add(left)
            rights.add(right)
            taken.append(at)
    return np.array(taken, np.int64)


def _reaching(scores: Floats, steps: Floats) -> Floats:
    """How many scores reach each step."""
    return (len(scores) - np.searchsorted(np.sort(scores), steps)).astype(np.float64)


def _share_alone(taken: Floats, wrong: Floats, records: int) -> float:
    """The share of records without a partner, such that the pairs above the best cut leave just so many."""
    alone = 1.0
    for _ in range(_ROUNDS):
        alone = min(max(0.0, 1.0 - float((taken - alone * wrong).max()) / records), 1.0)
    return alone
