"""How far the values of two records agree, column by column, in levels that a person can read; for many pairs at once.

Level 0 is that one of them has no value. Rising levels are rising agreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA

from graph.match.records.bags import (
    Bags,
    Flags,
    Floats,
    Ints,
    Neighbours,
    Vocabulary,
    document_frequency,
    shared,
)
from graph.match.records.candidates import Candidates
from graph.match.records.columns import Column, Kind, code_in, number_in
from graph.match.records.spellings import spellings
from graph.match.records.table import Table
from graph.match.records.words import tokens_of

TEXT_LEVELS = (
    "no words in common", "few words in common", "about half of the words in common",
    "nearly all words in common", "the same words, as many have them", "the same words, which few have",
)  # fmt: skip
NUMBER_LEVELS = ("other numbers", "some numbers in common", "the same numbers")
CODE_LEVELS = (
    "different",
    "one digit apart",
    "the same, as many have it",
    "the same, which few have",
)
QUANTITY_LEVELS = ("far apart", "within 30 %", "within 10 %", "within 3 %", "the same")
YEAR_LEVELS = (
    "more than three years apart",
    "up to three years apart",
    "a year apart",
    "the same year",
)
_FULL = {TEXT_LEVELS: 5, NUMBER_LEVELS: 3, CODE_LEVELS: 3, QUANTITY_LEVELS: 5, YEAR_LEVELS: 4}
LIKENESS = "whole record"
NOTHING = 1
"""The level of values that have nothing in common."""
RARE = {Kind.TEXT: (4, len(TEXT_LEVELS)), Kind.CODE: (len(CODE_LEVELS),)}
"""The levels of values that agree on what few have."""
_TEXT_CUTS = (0.2, 0.5, 0.8, 0.98)
_QUANTITY_CUTS = (0.001, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class Graded:
    """One thing compared: its name, the column's number, each pair's level, and what levels mean."""

    feature: str
    column: int
    levels: Ints
    words: tuple[str, ...]

    @property
    def full(self) -> int:
        """The level from which both say the same."""
        return _FULL[self.words]

    @property
    def is_of_moments(self) -> bool:
        """Whether near is another one: what is told of two years is mostly two things, such as editions of a text."""
        return self.words is YEAR_LEVELS


class Grader:
    """Grades pairs of rows of two tables with the same columns, or of one table given twice."""

    def __init__(self, left: Table, right: Table, columns: Sequence[Column]) -> None:
        self._tables = (left, right)
        self.columns = tuple(columns)
        self._vocabulary = Vocabulary()
        self._bags = self._bags_by_column()
        self._near: Neighbours = spellings(self._vocabulary)
        size = len(self._vocabulary)
        bags = [each for pair in self._bags.values() for each in pair]
        frequency = document_frequency(bags, size) if bags else np.zeros(size, np.int64)
        self._rarity = np.log1p((len(left) + len(right)) / np.maximum(frequency, 1))
        self._has_digit = np.array([not w.isalpha() for w in self._vocabulary], np.bool_)

    def grades(self, pairs: Candidates) -> list[Graded]:
        """What is compared, column by column."""
        return [graded for number in range(len(self.columns)) for graded in self._of(number, pairs)]

    def names(self, pairs: Candidates) -> Ints:
        """How far what both are called agrees, over all columns that tell it: a text's levels."""
        numbers = [n for n, column in enumerate(self.columns) if column.is_name]
        sides = [
            _joined([self._bags[n][side] for n in numbers], len(self._vocabulary))
            for side in (0, 1)
        ]
        if not numbers:
            return np.zeros(len(pairs), np.int64)
        similarity, is_filled = self._similarity((sides[0], sides[1]), pairs)
        return np.where(is_filled, 1 + np.digitize(similarity, _TEXT_CUTS), 0).astype(np.int64)

    def _bags_by_column(self) -> dict[int, tuple[Bags, Bags]]:
        numbered = {
            n: [
                [[self._vocabulary.add(w) for w in tokens_of(v)] for v in table.column(n)]
                for table in self._tables
            ]
            for n, column in enumerate(self.columns)
            if column.kind is Kind.TEXT
        }
        size = len(self._vocabulary)
        return {n: (Bags.of(a, size), Bags.of(b, size)) for n, (a, b) in numbered.items()}

    def _of(self, number: int, pairs: Candidates) -> Iterator[Graded]:
        column = self.columns[number]
        values = self._tables[0].column(number), self._tables[1].column(number)
        if column.kind is Kind.TEXT:
            yield Graded(column.name, number, self._text(number, pairs), TEXT_LEVELS)
            numbers = self._numbers(number, pairs)
            if np.count_nonzero(numbers) > 0.01 * len(pairs):
                yield Graded(f"{column.name}, numbers", number, numbers, NUMBER_LEVELS)
        elif column.kind is Kind.CODE:
            yield Graded(column.name, number, _codes(*values, pairs), CODE_LEVELS)
        elif column.kind is Kind.QUANTITY:
            yield Graded(column.name, number, _quantities(*values, pairs), QUANTITY_LEVELS)
        elif column.kind is Kind.YEAR:
            yield Graded(column.name, number, _years(*values, pairs), YEAR_LEVELS)

    def _text(self, number: int, pairs: Candidates) -> Ints:
        similarity, is_filled = self._similarity(self._bags[number], pairs)
        levels = 1 + np.digitize(similarity, _TEXT_CUTS)
        is_same = levels == len(_TEXT_CUTS) + 1
        levels[is_same & ~_is_common(self._tables, number, pairs)] += 1
        return np.where(is_filled, levels, 0).astype(np.int64)

    def _similarity(self, bags: tuple[Bags, Bags], pairs: Candidates) -> tuple[Floats, Flags]:
        """The rarity of the words that both have, of that of all words of both; and whether both have any."""
        left, right = bags
        size = len(pairs)
        agreed, total = np.zeros(size), np.zeros(size)
        is_filled = np.ones(size, np.bool_)
        for one, rows, other, others in (
            (left, pairs.left, right, pairs.right),
            (right, pairs.right, left, pairs.left),
        ):
            found = shared(one, rows, other, others, self._near)
            weights = self._rarity[found.words]
            agreed += np.bincount(found.pairs, weights * found.similarities, minlength=size)
            total += np.bincount(found.pairs, weights, minlength=size)
            is_filled &= one.counts(rows) > 0
        return agreed / np.maximum(total, 1e-12), is_filled

    def _numbers(self, number: int, pairs: Candidates) -> Ints:
        """Whether the words with digits agree: none, some, or all that the one with fewer has."""
        left, right = self._bags[number]
        size = len(pairs)
        places, owner = left.spread(pairs.left)
        words = left.words[places]
        numbers = self._has_digit[words]
        both = numbers & right.have(pairs.right[owner], words)
        ours = np.bincount(owner[numbers], minlength=size)
        agreed = np.bincount(owner[both], minlength=size)
        places, owner = right.spread(pairs.right)
        theirs = np.bincount(owner[self._has_digit[right.words[places]]], minlength=size)
        fewer = np.minimum(ours, theirs)
        levels = 1 + (agreed > 0) + ((agreed > 0) & (agreed >= fewer))
        return np.where(fewer > 0, levels, 0).astype(np.int64)


def _joined(bags: Sequence[Bags], size: int) -> Bags:
    """Each row's words of several columns."""
    rows = range(len(bags[0])) if bags else range(0)
    return Bags.of(
        (
            [w for each in bags for w in each.words[each.starts[row] : each.starts[row + 1]]]
            for row in rows
        ),
        size,
    )


def _is_common(tables: tuple[Table, Table], number: int, pairs: Candidates) -> Flags:
    """Whether more than a hundredth of the records (and at least five) have the left record's value."""
    left, right = tables
    counts = Counter(left.column(number))
    if right is not left:
        counts.update(right.column(number))
    most = max(4, 0.01 * len(left))
    return np.array([counts[value] > most for value in left.column(number)], np.bool_)[pairs.left]


def _codes(left: list[str], right: list[str], pairs: Candidates) -> Ints:
    ours, theirs = [code_in(v) for v in left], [code_in(v) for v in right]
    counts = Counter(ours + theirs)
    most = max(6, 0.01 * len(ours))
    levels = np.zeros(len(pairs), np.int64)
    for at, (a, b) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        one, other = ours[a], theirs[b]
        if one and other:
            if one == other:
                levels[at] = 3 if counts[one] > most else 4
            else:
                levels[at] = 2 if OSA.distance(one, other, score_cutoff=1) <= 1 else NOTHING
    return levels


def _quantities(left: list[str], right: list[str], pairs: Candidates) -> Ints:
    one, other = _numbers_of(left)[pairs.left], _numbers_of(right)[pairs.right]
    largest = np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-12)
    apart = np.abs(one - other) / largest
    levels = len(QUANTITY_LEVELS) - np.digitize(apart, _QUANTITY_CUTS, right=True)
    return np.where(np.isnan(apart), 0, levels).astype(np.int64)


def _years(left: list[str], right: list[str], pairs: Candidates) -> Ints:
    apart = np.abs(_numbers_of(left)[pairs.left] - _numbers_of(right)[pairs.right])
    levels = len(YEAR_LEVELS) - np.digitize(apart, (0, 1, 3), right=True)
    return np.where(np.isnan(apart), 0, levels).astype(np.int64)


def _numbers_of(values: list[str]) -> Floats:
    found = (number_in(value) for value in values)
    return np.array([np.nan if number is None else number for number in found], np.float64)
