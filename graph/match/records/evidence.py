"""What each level of agreement tells, learnt from pairs of which nobody said whether they are one.

The model is that of Fellegi and Sunter: a level adds the logarithm of how much more often it is seen among pairs that
are one than among others. Both are estimated in turns (expectation maximization), beginning with the likeness of whole
records. More agreement never tells less, and pairs of two tables exclude each other: a record has one partner at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.match.records.bags import Flags, Floats, Ints
from graph.match.records.candidates import Candidates
from graph.match.records.levels import Graded
from graph.match.score import DISPUTED

_ROUNDS, _SETTLED = 60, 1e-3
_PRIOR_COUNT = 2.0  # pairs that each level is thought to have been seen in before any was
_OVERFLOW = 30.0
_VETOED = -5.0
_TELLS = 0.5  # log odds from which on agreeing tells something


@dataclass(frozen=True)
class Weights:
    """What a level adds to the log odds, for each thing compared; index 0, no value, adds nothing.

    `likeness` does the same for the likeness of whole records, in between the likenesses `marks`.
    """

    prior: float
    levels: tuple[Floats, ...]
    marks: Floats
    likeness: Floats

    def log_odds(self, grades: Sequence[Graded], likeness: Floats) -> Floats:
        """The log odds of pairs."""
        total = self.prior + np.interp(likeness, self.marks, self.likeness)
        for graded, weights in zip(grades, self.levels, strict=True):
            total += weights[graded.levels]
        return total

    def is_certain(self, grades: Sequence[Graded], least: int) -> Flags:
        """Which pairs say the same in `least` columns where that tells something, and nothing that speaks against."""
        agreed = np.zeros(len(grades[0].levels) if grades else 0, np.int64)
        is_undisputed = np.ones(len(agreed), np.bool_)
        columns = set[int]()
        for graded, weights in zip(grades, self.levels, strict=True):
            told, is_full = weights[graded.levels], graded.levels >= graded.full
            is_near = (graded.levels == 0) if graded.is_of_moments else (told >= DISPUTED)
            is_undisputed &= is_full | is_near
            if graded.column not in columns:  # a column's numbers are no second witness
                agreed += is_full & (told >= _TELLS)
            columns.add(graded.column)
        return np.asarray(is_undisputed & (agreed >= least))


@dataclass(frozen=True)
class Learnt:
    """The weights, and for each pair its log odds and the probability of being one (0 to 1)."""

    weights: Weights
    log_odds: Floats
    probability: Floats


def learn(
    pairs: Candidates,
    grades: Sequence[Graded],
    vetoed: Flags,
    *,
    is_exclusive: bool,
    share: float | None = None,
) -> Learnt:
    """Weights from the candidates themselves.

    `vetoed` pairs are never taken for one. `is_exclusive`: records of two tables, each with one partner at most.
    `share` holds the share of pairs that are one fast; None lets it be learnt.
    """
    bins, marks = _bins(pairs.likeness)
    probability = np.where(vetoed, 0.0, _first_guess(pairs.likeness))
    for _ in range(_ROUNDS):
        weights = _maximized(probability, grades, bins, marks, share)
        log_odds = weights.log_odds(grades, pairs.likeness)
        log_odds = np.where(vetoed, np.minimum(log_odds, _VETOED), log_odds)
        found = _expected(log_odds, pairs, is_exclusive=is_exclusive)
        is_settled = len(found) == 0 or np.abs(found - probability).max() < _SETTLED
        probability = found
        if is_settled:
            break
    return Learnt(weights, log_odds, probability)


def _first_guess(likeness: Floats) -> Floats:
    if not len(likeness):
        return likeness
    spread = likeness.std() or 1.0
    return _logistic(3.0 * ((likeness - likeness.mean()) / spread - 2.0))


def _maximized(
    probability: Floats, grades: Sequence[Graded], bins: Ints, marks: Floats, share: float | None
) -> Weights:
    ones = float(probability.sum()) / max(len(probability), 1) if share is None else share
    ones = min(max(ones, 1e-5), 0.9)
    levels = [_weights(graded.levels, probability, len(graded.words)) for graded in grades]
    return Weights(
        float(np.log(ones / (1 - ones))),
        tuple(np.concatenate(([0.0], each)) for each in levels),
        marks,
        _weights(bins, probability, len(marks)),
    )


def _weights(levels: Ints, probability: Floats, count: int) -> Floats:
    """What levels 1 to `count` tell; rising."""
    seen = np.bincount(levels, minlength=count + 1)[1:]
    ones = np.bincount(levels, probability, minlength=count + 1)[1:]
    others = seen - ones
    usual = seen / max(seen.sum(), 1) * _PRIOR_COUNT + 0.05
    ones, others = ones + usual, others + usual
    told: Floats = np.log(ones / ones.sum()) - np.log(others / others.sum())
    return _rising(told, np.asarray(seen + 1.0, np.float64))


def _rising(values: Floats, weights: Floats) -> Floats:
    """The nearest values that never fall (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            mean = (before[0] * before[1] + pool[0] * pool[1]) / total
            pool = (mean, total, before[2] + pool[2])
        pools.append(pool)
    return np.array([mean for mean, _, count in pools for _ in range(count)], np.float64)


def _expected(log_odds: Floats, pairs: Candidates, *, is_exclusive: bool) -> Floats:
    if not is_exclusive:
        return _logistic(log_odds)
    odds = np.exp(np.clip(log_odds, -_OVERFLOW, _OVERFLOW))
    of_left, of_right = np.bincount(pairs.left, odds), np.bincount(pairs.right, odds)
    return np.asarray(odds / (1.0 + np.maximum(of_left[pairs.left], of_right[pairs.right])))


def _bins(likeness: Floats) -> tuple[Ints, Floats]:
    """Each pair's bin of likeness, from 1, and the middles of the bins; they are finer where pairs are alike."""
    shares = np.concatenate((np.linspace(0.2, 0.8, 7), np.linspace(0.82, 0.999, 25)))
    edges = np.unique(np.quantile(likeness, shares)) if len(likeness) else np.array([0.5])
    marks = np.concatenate((edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]))
    return (1 + np.digitize(likeness, edges)).astype(np.int64), marks


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -_OVERFLOW, _OVERFLOW))))
