"""Two tables linked, or one table's duplicates found: the whole way from records to pairs with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from graph.match.comparing import Comparison
from graph.match.records.bags import Flags
from graph.match.records.candidates import Candidates, between, within
from graph.match.records.columns import Column, Kind, arranged, describe
from graph.match.records.cutting import Cut, cut_between, groups, transitivity
from graph.match.records.evidence import Learnt, learn
from graph.match.records.levels import (
    CODE_LEVELS,
    LIKENESS,
    NOTHING,
    TEXT_LEVELS,
    Graded,
    Grader,
)
from graph.match.records.table import Table
from graph.match.score import Decision, Part, Verdict, logistic

_EACH_BETWEEN, _EACH_WITHIN = 10, 20
_TRANSITIVE = 0.65
_SHARES = (None, 0.1, 0.03, 0.01, 0.003)
_FRAGMENTS = 0.2  # share of whole records from which on those with one value are fragments
_CERTAIN = 0.999


@dataclass(frozen=True)
class Match:
    """Two records, by their ids, and why they are held to be one."""

    left: str
    right: str
    verdict: Verdict


class Resolution:
    """What was found: `matches` with reasons, best first; `pairs` are the ids of all, those implied by groups too."""

    def __init__(
        self,
        tables: tuple[Table, Table],
        compared: tuple[Candidates, list[Graded], Learnt],
        cut: Cut,
        pairs: frozenset[tuple[str, str]],
    ) -> None:
        self.pairs = pairs
        self.candidates, self._grades, self.learnt = compared
        self._tables = tables
        self.cut = cut
        self._certain = frozenset(cut.certain.tolist())
        self._taken = frozenset(cut.taken.tolist())

    def matches(self) -> Iterator[Match]:
        """The pairs taken that were compared, best first."""
        order = self.cut.taken[np.argsort(-self.learnt.log_odds[self.cut.taken], kind="stable")]
        return (self.match(at) for at in order.tolist())

    def match(self, at: int) -> Match:
        """A candidate by its position, with every feature's part."""
        left, right = int(self.candidates.left[at]), int(self.candidates.right[at])
        ids = self._tables[0].ids[left], self._tables[1].ids[right]
        weights = self.learnt.weights
        likeness = float(self.candidates.likeness[at])
        reason = f"{likeness:.0%} of the letter groups, by rarity"
        adds = float(np.interp(likeness, weights.marks, weights.likeness))
        parts = [Part(LIKENESS, Comparison(likeness, *ids, reason), adds)]
        for graded, told in zip(self._grades, weights.levels, strict=True):
            level = int(graded.levels[at])
            if level:
                parts.append(self._part(graded, level, float(told[level]), (left, right)))
        log_odds = weights.prior + sum(part.adds for part in parts)
        score = logistic(log_odds)
        return Match(
            *ids, Verdict(score, log_odds, weights.prior, tuple(parts), (), self._decision(at))
        )

    def _part(self, graded: Graded, level: int, adds: float, rows: tuple[int, int]) -> Part:
        assert graded.column is not None  # noqa: S101 - only the whole record has no column
        shown = (t.rows[row][graded.column] for t, row in zip(self._tables, rows, strict=True))
        similarity = (level - 1) / (len(graded.words) - 1)
        return Part(graded.feature, Comparison(similarity, *shown, graded.words[level - 1]), adds)

    def _decision(self, at: int) -> Decision:
        if at in self._certain:
            return Decision.ACCEPT
        return Decision.REVIEW if at in self._taken else Decision.REJECT


def link(left: Table, right: Table) -> Resolution:
    """Which records of two tables are one; each has a thing once at most."""
    left, right = arranged(left, right)
    columns = describe((left, right))
    pairs = between(left, right, _EACH_BETWEEN)
    grader = Grader(left, right, columns)
    grades = grader.grades(pairs)
    vetoed = _fragments(left, right, pairs) | _neighbours(grader, columns, pairs, grades)
    learnt = learn(pairs, grades, vetoed, is_exclusive=True)
    allowed = np.flatnonzero(~vetoed)
    kept = pairs.where(~vetoed)
    found = cut_between(kept, learnt.log_odds[allowed], min(len(left), len(right)))
    cut = Cut(allowed[found.taken], allowed[found.certain])
    ids = zip(pairs.left[cut.taken].tolist(), pairs.right[cut.taken].tolist(), strict=True)
    named = frozenset((left.ids[a], right.ids[b]) for a, b in ids)
    return Resolution((left, right), (pairs, grades, learnt), cut, named)


def deduplicate(table: Table) -> Resolution:
    """Which records of a table are one; the lower row's id comes first in each pair."""
    columns = describe((table,))
    pairs = within(table, _EACH_WITHIN)
    grader = Grader(table, table, columns)
    grades = grader.grades(pairs)
    vetoed = _fragments(table, table, pairs) | _neighbours(grader, columns, pairs, grades)
    learnt = _transitive(pairs, grades, vetoed)
    found = groups(pairs, learnt.probability, len(table))
    group_of = {row: number for number, rows in enumerate(found) for row in rows}
    taken = [
        at
        for at, (a, b) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        if group_of.get(a, -1) == group_of.get(b, -2)
    ]
    kept = np.array(taken, np.int64)
    certain = kept[learnt.probability[kept] >= _CERTAIN]
    named = frozenset(
        (table.ids[a], table.ids[b]) for rows in found for a, b in combinations(rows, 2)
    )
    return Resolution((table, table), (pairs, grades, learnt), Cut(kept, certain), named)


def _transitive(pairs: Candidates, grades: Sequence[Graded], vetoed: Flags) -> Learnt:
    """What is learnt with as many pairs held to be one as being one is transitive with."""
    for share in _SHARES:
        learnt = learn(pairs, grades, vetoed, is_exclusive=False, share=share)
        if transitivity(pairs, np.flatnonzero(learnt.probability >= 0.5)) >= _TRANSITIVE:
            break
    return learnt


def _fragments(left: Table, right: Table, pairs: Candidates) -> Flags:
    """Pairs of records with one value each, where other records have more.

    One value says what something is called or where it is, not which of all it is.
    """
    one, other = (
        np.array([sum(bool(value.strip()) for value in row) for row in table.rows])
        for table in (left, right)
    )
    if np.mean(np.concatenate((one, other)) > 1) < _FRAGMENTS:
        return np.zeros(len(pairs), np.bool_)
    return np.asarray((one[pairs.left] == 1) & (other[pairs.right] == 1))


def _neighbours(
    grader: Grader, columns: Sequence[Column], pairs: Candidates, grades: Sequence[Graded]
) -> Flags:
    """Pairs of things that are called otherwise and of which nothing rare agrees but where they are."""
    if not any(column.is_address for column in columns):
        return np.zeros(len(pairs), np.bool_)
    agree = np.zeros(len(pairs), np.bool_)
    for graded in grades:
        column = columns[graded.column or 0]
        if graded.feature == column.name and not column.is_place:
            if column.kind is Kind.TEXT:
                agree |= (graded.levels == 4) | (graded.levels == len(TEXT_LEVELS))
            elif column.kind is Kind.CODE:
                agree |= graded.levels == len(CODE_LEVELS)
    return np.asarray((grader.names(pairs) == NOTHING) & ~agree)
