"""Two tables linked, or one table's duplicates found: the whole way from records to pairs with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from graph.match.comparing import Comparison, Veto
from graph.match.records.bags import Flags, Ints
from graph.match.records.candidates import Candidates, between, within
from graph.match.records.columns import arranged, describe
from graph.match.records.cutting import cut_between, expected_f1, groups, transitivity
from graph.match.records.evidence import Learnt, learn
from graph.match.records.levels import (
    LIKENESS,
    NOTHING,
    RARE,
    Graded,
    Grader,
)
from graph.match.records.table import Table
from graph.match.score import Decision, Part, Verdict, logistic

_EACH_BETWEEN, _EACH_WITHIN = (
    10,
    26,
)  # candidates of each record, from either side: 20 and 17 a record
_TRANSITIVE, _PLAIN = 0.75, 0.6  # from which on what was learnt is taken for being one
_SHARES, _LEAST_SHARE = (
    (None, 0.1, 0.03, 0.01, 0.003),
    0.001,
)  # of candidates that are one; None is learnt
_FRAGMENTS = 0.2  # share of whole records from which on those with one value are fragments
_CERTAIN, _WITNESSES = 0.99, 3  # probability and columns from which on a pair is accepted by itself


@dataclass(frozen=True)
class Match:
    """Two records, by their ids, and why they are held to be one."""

    left: str
    right: str
    verdict: Verdict


@dataclass(frozen=True)
class Cut:
    """Which candidates are taken, by position, and which of them are certain enough to be accepted by themselves."""

    taken: Ints
    certain: Ints


@dataclass(frozen=True)
class Resolution:
    """What was found. `pairs` are the ids of all that are one, those implied by groups too.

    `candidates` are all pairs that were compared, `learnt` what is said of each, `vetoes` which are never taken by
    themselves, by reason.
    """

    pairs: frozenset[tuple[str, str]]
    candidates: Candidates
    learnt: Learnt
    cut: Cut
    tables: tuple[Table, Table]
    grades: tuple[Graded, ...]
    vetoes: Mapping[str, Flags]

    def matches(self) -> Iterator[Match]:
        """The pairs taken that were compared, best first."""
        order = self.cut.taken[np.argsort(-self.learnt.log_odds[self.cut.taken], kind="stable")]
        return (self.match(at) for at in order.tolist())

    def match(self, at: int) -> Match:
        """A candidate by its position, with every feature's part."""
        left, right = int(self.candidates.left[at]), int(self.candidates.right[at])
        ids = self.tables[0].ids[left], self.tables[1].ids[right]
        weights = self.learnt.weights
        likeness = float(self.candidates.likeness[at])
        reason = f"{likeness:.0%} of the letter groups, by rarity"
        adds = float(np.interp(likeness, weights.marks, weights.likeness))
        parts = [Part(LIKENESS, Comparison(likeness, *ids, reason), adds)]
        for graded, told in zip(self.grades, weights.levels, strict=True):
            level = int(graded.levels[at])
            if level:
                parts.append(self._part(graded, level, float(told[level]), (left, right)))
        log_odds = weights.prior + sum(part.adds for part in parts)
        score = logistic(log_odds)
        vetoes = tuple(Veto("record", *ids, why) for why, flags in self.vetoes.items() if flags[at])
        decision = self._decision(at)
        return Match(*ids, Verdict(score, log_odds, weights.prior, tuple(parts), vetoes, decision))

    def _part(self, graded: Graded, level: int, adds: float, rows: tuple[int, int]) -> Part:
        one, other = (
            table.rows[row][graded.column] for table, row in zip(self.tables, rows, strict=True)
        )
        similarity = min(1.0, (level - 1) / (graded.full - 1))
        return Part(
            graded.feature, Comparison(similarity, one, other, graded.words[level - 1]), adds
        )

    def _decision(self, at: int) -> Decision:
        if at in self.cut.certain:
            return Decision.ACCEPT
        return Decision.REVIEW if at in self.cut.taken else Decision.REJECT


def link(left: Table, right: Table) -> Resolution:
    """Which records of two tables are one; each has a thing once at most."""
    left, right = arranged(left, right)
    columns = describe((left, right))
    pairs = between(left, right, _EACH_BETWEEN)
    grader = Grader(left, right, columns)
    grades = grader.grades(pairs)
    vetoes = _vetoes((left, right), grader, pairs, grades)
    vetoed = np.logical_or.reduce([*vetoes.values()])
    learnt = learn(pairs, grades, vetoed, is_exclusive=True)
    allowed = np.flatnonzero(~vetoed)
    kept = pairs.where(~vetoed)
    found = cut_between(kept, learnt.log_odds[allowed], min(len(left), len(right)))
    taken = allowed[found]
    ids = zip(pairs.left[taken].tolist(), pairs.right[taken].tolist(), strict=True)
    named = frozenset((left.ids[a], right.ids[b]) for a, b in ids)
    cut = Cut(taken, _certain(taken, grades, learnt))
    return Resolution(named, pairs, learnt, cut, (left, right), tuple(grades), vetoes)


def deduplicate(table: Table) -> Resolution:
    """Which records of a table are one; the lower row's id comes first in each pair."""
    columns = describe((table,))
    pairs = within(table, _EACH_WITHIN)
    grader = Grader(table, table, columns)
    grades = grader.grades(pairs)
    vetoes = _vetoes((table, table), grader, pairs, grades)
    vetoed = np.logical_or.reduce([*vetoes.values()])
    learnt = _transitive(pairs, grades, vetoed)
    found = groups(pairs, learnt.probability, len(table))
    group_of = {row: number for number, rows in enumerate(found) for row in rows}
    taken = [
        at
        for at, (a, b) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        if group_of.get(a, -1) == group_of.get(b, -2)
    ]
    kept = np.array(taken, np.int64)
    named = frozenset(
        (table.ids[a], table.ids[b]) for rows in found for a, b in combinations(rows, 2)
    )
    cut = Cut(kept, _certain(kept, grades, learnt))
    return Resolution(named, pairs, learnt, cut, (table, table), tuple(grades), vetoes)


def _certain(taken: Ints, grades: Sequence[Graded], learnt: Learnt) -> Ints:
    """Those of the pairs taken that three columns or more bear out, and nothing disputes."""
    is_certain = learnt.weights.is_certain(grades, _WITNESSES) & (learnt.probability >= _CERTAIN)
    return taken[is_certain[taken]]


def _transitive(pairs: Candidates, grades: Sequence[Graded], vetoed: Flags) -> Learnt:
    """What is learnt with as many pairs held to be one as being one is transitive and plain with.

    Left alone, the model may learn what half of all candidates have in common (a city, a common word) instead.
    """
    for share in _SHARES:
        learnt = learn(pairs, grades, vetoed, is_exclusive=False, share=share)
        taken = np.flatnonzero(learnt.probability >= 0.5)
        is_plain = expected_f1(learnt.probability) >= _PLAIN
        if is_plain and transitivity(pairs, taken) >= _TRANSITIVE:
            return learnt
    return learn(pairs, grades, vetoed, is_exclusive=False, share=_LEAST_SHARE)


def _vetoes(
    tables: tuple[Table, Table], grader: Grader, pairs: Candidates, grades: Sequence[Graded]
) -> dict[str, Flags]:
    """Which pairs are never taken by themselves, by reason."""
    return {
        "both are one value alone, which says what a thing is called or where, not which": _fragments(
            tables, pairs
        ),
        "they are called otherwise, and nothing rare agrees but where they are": _neighbours(
            grader, pairs, grades
        ),
    }


def _fragments(tables: tuple[Table, Table], pairs: Candidates) -> Flags:
    """Pairs of records with one value each, where other records have more."""
    one, other = (
        np.array([sum(bool(value.strip()) for value in row) for row in table.rows])
        for table in tables
    )
    whole = np.count_nonzero(one > 1) + np.count_nonzero(other > 1)
    if whole < _FRAGMENTS * (len(one) + len(other)):
        return np.zeros(len(pairs), np.bool_)
    return np.asarray((one[pairs.left] == 1) & (other[pairs.right] == 1))


def _neighbours(grader: Grader, pairs: Candidates, grades: Sequence[Graded]) -> Flags:
    """Pairs of things at one address that have nothing rare in common besides."""
    columns = grader.columns
    if not any(column.is_address for column in columns):
        return np.zeros(len(pairs), np.bool_)
    agree = np.zeros(len(pairs), np.bool_)
    for graded in grades:
        column = columns[graded.column]
        is_whole = graded.feature == column.name and not column.is_place
        if is_whole and column.kind in RARE:
            agree |= np.isin(graded.levels, RARE[column.kind])
    return np.asarray((grader.names(pairs) == NOTHING) & ~agree)
