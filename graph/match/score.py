"""Scorers: for each kind a visible list of features and weights, vetoes and thresholds.

A feature that both sides have something for adds its weight to the log odds: `agrees` at similarity 1, `differs` at 0,
and in between what lies in between. What one side does not have adds nothing. The score is the logistic function of the
sum, so that each part of it can be shown. A veto beats any score.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from graph.match.comparing import Comparison, Veto
from graph.match.profile import Profile

DISPUTED = -1.0
"""Log odds below which a part disputes what the others say: such a pair is never one by itself."""

Compare = Callable[[Profile, Profile], Comparison | None]
FindVeto = Callable[[Profile, Profile], Veto | None]


class Decision(StrEnum):
    """What becomes of a pair."""

    ACCEPT = "ACCEPT"
    REVIEW = "REVIEW"
    REJECT = "REJECT"


@dataclass(frozen=True)
class Feature:
    """A comparison with its name, and a sentence on what it compares."""

    name: str
    summary: str
    compare: Compare


class Weight(NamedTuple):
    """What a feature adds to the log odds: where it fully agrees, and where it does not at all."""

    agrees: float
    differs: float


class Thresholds(NamedTuple):
    """From which score on a pair is one by itself (None: never), and from which a person is asked.

    By itself it is one only if one of the features `needs` fully agrees, too, where any are named, and if nothing
    disputes it (`DISPUTED`).
    """

    accept: float | None
    review: float
    needs: frozenset[str] = frozenset()


class Part(NamedTuple):
    """One feature's share of a score: what was compared, and what it adds to the log odds."""

    feature: str
    comparison: Comparison
    adds: float


class Verdict(NamedTuple):
    """What a scorer says of a pair. `log_odds` is `prior` and all that the parts add; `score` its logistic function.

    With a veto the score is that of the parts all the same, and the decision is to reject.
    """

    score: float
    log_odds: float
    prior: float
    parts: tuple[Part, ...]
    vetoes: tuple[Veto, ...]
    decision: Decision


@dataclass(frozen=True)
class Scorer:
    """How pairs of a kind are judged. `weights` has an entry for each feature."""

    name: str
    features: tuple[Feature, ...]
    vetoes: tuple[FindVeto, ...]
    weights: dict[str, Weight]
    prior: float
    thresholds: Thresholds
    version: int = 1

    @cached_property
    def _steps(self) -> tuple[tuple[str, Compare, Weight], ...]:
        return tuple((f.name, f.compare, self.weights[f.name]) for f in self.features)

    def judge(self, left: Profile, right: Profile) -> Verdict:
        """Compare two profiles in all features. The verdict is the same whichever is left, but for the sides."""
        parts = []
        log_odds = self.prior
        for name, compare, (agrees, differs) in self._steps:
            comparison = compare(left, right)
            if comparison is not None:
                adds = differs + (agrees - differs) * comparison[0]
                parts.append(Part(name, comparison, adds))
                log_odds += adds
        vetoes = tuple(veto for find in self.vetoes if (veto := find(left, right)) is not None)
        score = logistic(log_odds)
        decision = Decision.REJECT if vetoes else self.decide(score, parts)
        return Verdict(score, log_odds, self.prior, tuple(parts), vetoes, decision)

    def decide(self, score: float, parts: Sequence[Part]) -> Decision:
        """What becomes of a pair with this score and these parts, where no veto speaks."""
        accept, review, needs = self.thresholds
        if score < review:
            return Decision.REJECT
        if accept is None or score < accept:
            return Decision.REVIEW
        is_disputed = any(part.adds < DISPUTED for part in parts)
        is_met = not needs or any(
            part.feature in needs and part.comparison.similarity >= 1 for part in parts
        )
        return Decision.ACCEPT if is_met and not is_disputed else Decision.REVIEW

    def judge_all(self, pairs: Iterable[tuple[Profile, Profile]]) -> Iterator[Verdict]:
        """The verdicts of many pairs, one by one: who keeps few of them holds few."""
        judge = self.judge
        return (judge(left, right) for left, right in pairs)


def logistic(log_odds: float) -> float:
    """The probability that belongs to log odds."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    raised = math.exp(log_odds)
    return raised / (1 + raised)
