"""Weights and thresholds fitted on labelled pairs, with a report of how good and how honest the scores are.

The fit is a logistic regression held near the weights it begins with, so that few pairs change little. More agreement
never tells less. Thresholds and the report come from pairs that a fit had not seen (cross validation by fives).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from graph.errors import InvalidFact
from graph.match.profile import Profile
from graph.match.records.bags import Flags, Floats
from graph.match.score import Scorer, Thresholds, Weight

_FOLDS, _ROUNDS, _BINS, _STEPS = 5, 30, 10, 1_000
_HOLD = 0.1  # how strongly weights are held to where they begin, as of so many pairs each
_LEAST_ACCEPT = 0.9
_WANTED_RECALL = 0.98  # of pairs that are one, so many reach a person


class LabelledPair(NamedTuple):
    """Two profiles, and whether they are one."""

    left: Profile
    right: Profile
    is_one: bool


class Quality(NamedTuple):
    """Precision, recall and F1 of taking every pair from a threshold on for one; `taken` is how many that are."""

    threshold: float
    taken: int
    precision: float
    recall: float
    f1: float


class Bin(NamedTuple):
    """Pairs with scores from `lower` to `upper`: how many, their mean score, and the share that is one."""

    lower: float
    upper: float
    pairs: int
    mean_score: float
    share_one: float


class Report(NamedTuple):
    """How a fit does on pairs it had not seen.

    `vetoed_ones` are pairs that are one and a veto rejects: fewer are better, whatever the weights. `error` is the mean
    gap between the scores and the shares that are one, of pairs without a veto (0 is honest).
    """

    pairs: int
    ones: int
    vetoed_ones: int
    at_accept: Quality | None
    at_review: Quality
    best: Quality
    brier: float
    error: float
    bins: tuple[Bin, ...]

    def __str__(self) -> str:
        rows = [
            ("accepted automatically", self.at_accept),
            ("shown to a person", self.at_review),
            ("best threshold", self.best),
        ]
        lines = [f"{self.pairs} pairs, {self.ones} of them one; by cross validation:"]
        lines += [
            f"{name} (from {q.threshold:.4f}): {q.taken} pairs, precision {q.precision:.4f}, recall {q.recall:.4f}, "
            f"F1 {q.f1:.4f}"
            for name, q in rows
            if q is not None
        ]
        lines.append(f"vetoes reject {self.vetoed_ones} pairs that are one")
        lines.append(f"calibration: mean gap {self.error:.4f}, Brier score {self.brier:.4f}")
        lines += [
            f"  scores {b.lower:.1f} to {b.upper:.1f}: {b.pairs} pairs, mean {b.mean_score:.3f}, "
            f"{b.share_one:.3f} are one"
            for b in self.bins
        ]
        return "\n".join(lines)


class Fitted(NamedTuple):
    """The scorer with new weights and thresholds, and the report. `write_scorer` makes a file of both."""

    scorer: Scorer
    report: Report


def fit(scorer: Scorer, pairs: Sequence[LabelledPair]) -> Fitted:
    """Fit a scorer's weights and thresholds. Needs at least ten pairs that are one and ten that are not."""
    is_one = np.array([pair.is_one for pair in pairs], np.bool_)
    ones = int(is_one.sum())
    if min(ones, len(pairs) - ones) < 2 * _FOLDS:
        raise InvalidFact(
            f"{ones} pairs that are one, {len(pairs) - ones} that are not: ten of each are needed"
        )
    table, is_vetoed = _table(scorer, pairs)
    start = _parameters(scorer)
    scores = np.zeros(len(pairs))
    folds = np.where(is_vetoed, -1, _folds(is_one))  # a veto decides whatever the weights are
    for fold in range(_FOLDS):
        held, seen = folds == fold, (folds != fold) & ~is_vetoed
        scores[held] = _scores(table[held], _fitted(table[seen], is_one[seen], start))
    thresholds = _thresholds(scorer, scores, is_one)
    weights = _fitted(table[~is_vetoed], is_one[~is_vetoed], start)
    return Fitted(
        replace(
            scorer,
            weights=_weights(scorer, weights),
            prior=float(weights[-1]),
            thresholds=thresholds,
            version=scorer.version + 1,
        ),
        _report(scores, is_one, is_vetoed, thresholds),
    )


def quality(scores: Floats, is_one: Flags, threshold: float) -> Quality:
    """What taking every pair from `threshold` on for one would give."""
    taken = scores >= threshold
    right, count = int((taken & is_one).sum()), int(taken.sum())
    precision = right / count if count else 1.0
    recall = right / max(int(is_one.sum()), 1)
    f1 = 2 * right / max(count + int(is_one.sum()), 1)
    return Quality(threshold, count, precision, recall, f1)


def _table(scorer: Scorer, pairs: Sequence[LabelledPair]) -> tuple[Floats, Flags]:
    """For each pair its features' similarities and their complements, 0 where one is missing, and a last 1; vetoes."""
    place = {feature.name: 2 * at for at, feature in enumerate(scorer.features)}
    table = np.zeros((len(pairs), 2 * len(scorer.features) + 1))
    table[:, -1] = 1.0
    is_vetoed = np.zeros(len(pairs), np.bool_)
    for row, pair in enumerate(pairs):
        verdict = scorer.judge(pair.left, pair.right)
        is_vetoed[row] = bool(verdict.vetoes)
        for part in verdict.parts:
            at = place[part.feature]
            table[row, at] = part.comparison.similarity
            table[row, at + 1] = 1.0 - part.comparison.similarity
    return table, is_vetoed


def _parameters(scorer: Scorer) -> Floats:
    listed = [scorer.weights[feature.name] for feature in scorer.features]
    return np.array([*(each for weight in listed for each in weight), scorer.prior], np.float64)


def _weights(scorer: Scorer, parameters: Floats) -> dict[str, Weight]:
    return {
        feature.name: Weight(float(parameters[2 * at]), float(parameters[2 * at + 1]))
        for at, feature in enumerate(scorer.features)
    }


def _fitted(table: Floats, is_one: Flags, start: Floats) -> Floats:
    """Newton's method on the log likelihood less the distance from `start`; agreeing never adds less than differing."""
    found = start.copy()
    for _ in range(_ROUNDS):
        expected = _scores(table, found)
        slope = table.T @ (expected - is_one) + _HOLD * (found - start)
        curve = (table * (expected * (1 - expected))[:, None]).T @ table
        curve[np.diag_indices_from(curve)] += _HOLD
        step = np.linalg.solve(curve, slope)
        # A step that overshoots where scores are near 0 or 1 is shortened.
        found = _rising(found - step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12)))
    return found


def _rising(parameters: Floats) -> Floats:
    agrees, differs = parameters[:-1:2], parameters[1:-1:2]
    mean = (agrees + differs) / 2
    parameters[:-1:2] = np.maximum(agrees, mean)
    parameters[1:-1:2] = np.minimum(differs, mean)
    return parameters


def _scores(table: Floats, parameters: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(table @ parameters, -35.0, 35.0))))


def _folds(is_one: Flags) -> np.typing.NDArray[np.int64]:
    """Each pair's fold, in turns, so that folds have as many of either kind."""
    folds = np.zeros(len(is_one), np.int64)
    for kind in (is_one, ~is_one):
        folds[kind] = np.arange(int(kind.sum())) % _FOLDS
    return folds


def _thresholds(scorer: Scorer, scores: Floats, is_one: Flags) -> Thresholds:
    """Accept above every pair that is not one, by half the way to 1; ask from where few that are one are missed."""
    review = float(np.quantile(scores[is_one], 1 - _WANTED_RECALL))
    review = min(max(review, 0.05), _LEAST_ACCEPT)
    if scorer.thresholds.accept is None:
        return scorer.thresholds._replace(review=review)
    accept = max(_LEAST_ACCEPT, (float(scores[~is_one].max()) + 1.0) / 2)
    return scorer.thresholds._replace(accept=accept, review=review)


def _report(scores: Floats, is_one: Flags, is_vetoed: Flags, thresholds: Thresholds) -> Report:
    steps = np.unique(scores)
    steps = steps[:: max(1, len(steps) // _STEPS)]
    candidates = (quality(scores, is_one, float(step)) for step in steps)
    bins = _calibration(scores[~is_vetoed], is_one[~is_vetoed])
    gaps = sum(each.pairs * abs(each.mean_score - each.share_one) for each in bins)
    accept = thresholds.accept
    return Report(
        len(scores),
        int(is_one.sum()),
        int((is_one & is_vetoed).sum()),
        None if accept is None else quality(scores, is_one, accept),
        quality(scores, is_one, thresholds.review),
        max(candidates, key=lambda each: (each.f1, each.threshold)),
        float(np.mean((scores - is_one) ** 2)),
        gaps / max(int((~is_vetoed).sum()), 1),
        bins,
    )


def _calibration(scores: Floats, is_one: Flags) -> tuple[Bin, ...]:
    place = np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)
    return tuple(
        Bin(
            at / _BINS,
            (at + 1) / _BINS,
            int(here.sum()),
            float(scores[here].mean()),
            float(is_one[here].mean()),
        )
        for at in range(_BINS)
        if (here := place == at).any()
    )
