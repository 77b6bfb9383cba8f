"""The blocker in memory: which records are alike enough to be compared, by the rare letter groups that they share.

It bears misspellings, other orders of words and values in other columns. A letter group that a fifth of the records
have brings nobody together. Cost for each record: the records that its rarer letter groups have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graph.match.records.bags import Bags, Floats, Ints, Vocabulary, document_frequency, ranges
from graph.match.records.table import Table
from graph.match.records.words import letter_groups

_COMMON_SHARE, _COMMON_LEAST = 0.2, 200


@dataclass(frozen=True)
class Candidates:
    """Pairs of rows, each once, in order; `likeness` is the cosine of their letter groups, from 0 to 1.

    Of one table, the first row of a pair is the lower.
    """

    left: Ints
    right: Ints
    likeness: Floats

    def __len__(self) -> int:
        return len(self.left)

    def where(self, kept: np.typing.NDArray[np.bool_]) -> Candidates:
        """Some of them."""
        return Candidates(self.left[kept], self.right[kept], self.likeness[kept])


@dataclass(frozen=True)
class _Index:
    """Rows of one side by letter group, and the weight of each group in each of its rows."""

    bags: Bags
    weights: Floats
    rows: Ints
    posted: Floats
    starts: Ints

    @classmethod
    def of(cls, bags: Bags, rarity: Floats) -> _Index:
        """The index of `bags`; rows have length 1 as vectors of their groups' rarities."""
        weights = rarity[bags.words]
        lengths = np.sqrt(np.bincount(bags.rows, weights**2, minlength=len(bags)))
        weights = weights / np.maximum(lengths, 1e-12)[bags.rows]
        order = np.argsort(bags.words, kind="stable")
        starts = np.searchsorted(bags.words[order], np.arange(bags.size + 1)).astype(np.int64)
        return cls(bags, weights, bags.rows[order], weights[order], starts)

    def likeness(self, groups: Ints, weights: Floats, most: float) -> Floats:
        """How alike each row is to one with these groups; groups of more than `most` rows are left out."""
        counts = self.starts[groups + 1] - self.starts[groups]
        kept = counts <= most
        if kept.any():
            groups, weights, counts = groups[kept], weights[kept], counts[kept]
        at, owner = ranges(self.starts[groups], counts)
        products = self.posted[at] * weights[owner]
        return np.bincount(self.rows[at], products, minlength=len(self.bags)).astype(np.float64)


def between(left: Table, right: Table, each: int) -> Candidates:
    """For every record of either table the `each` most alike of the other."""
    one, other = _indexes(left, right)
    found = [(a, b, likeness) for a, b, likeness in _nearest(one, other, each)]
    found += [(a, b, likeness) for b, a, likeness in _nearest(other, one, each)]
    return _sorted(found, len(right))


def within(table: Table, each: int) -> Candidates:
    """For every record of a table the `each` most alike others."""
    (index,) = _indexes(table)
    found = [
        (np.minimum(row, rows), np.maximum(row, rows), likeness)
        for row, rows, likeness in _nearest(index, index, each)
    ]
    return _sorted(found, len(table))


def _indexes(*tables: Table) -> list[_Index]:
    vocabulary = Vocabulary()
    rows = [
        [[vocabulary.add(group) for group in letter_groups(" ".join(row))] for row in table.rows]
        for table in tables
    ]
    bags = [Bags.of(each, len(vocabulary)) for each in rows]
    frequency = document_frequency(bags, len(vocabulary))
    rarity = np.log((sum(map(len, tables)) + 1) / np.maximum(frequency, 1))
    return [_Index.of(each, rarity) for each in bags]


def _nearest(queries: _Index, index: _Index, each: int) -> Iterator[tuple[Ints, Ints, Floats]]:
    """For each row of `queries` the nearest rows of `index`, never itself; of equally near ones the lower."""
    most = max(_COMMON_LEAST, _COMMON_SHARE * len(index.bags))
    starts = queries.bags.starts
    for row in range(len(queries.bags)):
        place = slice(starts[row], starts[row + 1])
        likeness = index.likeness(queries.bags.words[place], queries.weights[place], most)
        if index is queries:
            likeness[row] = 0.0
        near = np.flatnonzero(likeness > 0)
        if len(near) > each:
            least = np.partition(likeness[near], len(near) - each)[len(near) - each]
            near = near[likeness[near] >= least]
            near = near[np.argsort(-likeness[near], kind="stable")[:each]]
        yield np.full(len(near), row, np.int64), near.astype(np.int64), likeness[near]


def _sorted(found: list[tuple[Ints, Ints, Floats]], width: int) -> Candidates:
    if not found:
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    left, right, likeness = map(np.concatenate, zip(*found, strict=True))
    # What is found from both sides may differ in the last bits, or where a group is common on one side only.
    order = np.lexsort((-likeness, left * max(width, 1) + right))
    keys = (left * max(width, 1) + right)[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    kept = order[first]
    return Candidates(left[kept].astype(np.int64), right[kept].astype(np.int64), likeness[kept])
