"""Which words each record has, as arrays: word numbers by row, and what two rows share, for many pairs at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Vocabulary(dict[str, int]):
    """Words by number, in the order in which they were first seen."""

    def add(self, word: str) -> int:
        """The number of `word`, a new one where it is new."""
        return self.setdefault(word, len(self))


@dataclass(frozen=True)
class Bags:
    """For each row the numbers of its words, each once, ascending; `starts` has where each row begins, and the end.

    `size` is that of the vocabulary when all rows had been read.
    """

    starts: Ints
    words: Ints
    size: int
    rows: Ints = field(init=False)
    keys: Ints = field(init=False)

    def __post_init__(self) -> None:
        rows = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "keys", rows * self.size + self.words)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]], size: int) -> Bags:
        """The bags of rows of word numbers below `size`."""
        starts, words = [0], list[int]()
        for row in rows:
            words.extend(sorted(set(row)))
            starts.append(len(words))
        return cls(np.array(starts, np.int64), np.array(words, np.int64), size)

    def counts(self, rows: Ints) -> Ints:
        """How many words each of `rows` has."""
        return self.starts[rows + 1] - self.starts[rows]

    def spread(self, rows: Ints) -> tuple[Ints, Ints]:
        """The places in `words` of all words of `rows`, and for each the position in `rows` that it belongs to."""
        return ranges(self.starts[rows], self.counts(rows))

    def have(self, rows: Ints, words: Ints) -> Flags:
        """Whether each of `rows` has the word beside it."""
        if not len(self.keys):
            return np.zeros(len(rows), np.bool_)
        wanted = rows * self.size + words
        found = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.asarray(self.keys[found] == wanted)


class Neighbours(NamedTuple):
    """Words that may be other spellings of each word: `starts` has where each word's begin."""

    starts: Ints
    others: Ints
    similarities: Floats


def ranges(begins: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """The numbers from each begin on, as many as its count, one after the other; and which begin each has."""
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    before = np.cumsum(counts) - counts
    return begins[owner] + np.arange(len(owner), dtype=np.int64) - before[owner], owner


class Shared(NamedTuple):
    """For each word of the first row of each pair: its number, its pair, how alike the nearest of the other row is."""

    words: Ints
    pairs: Ints
    similarities: Floats


def shared(one: Bags, rows: Ints, other: Bags, others: Ints, near: Neighbours) -> Shared:
    """What the words of `one`'s rows find in the rows of `other` beside them, spelt alike or nearly."""
    places, pairs = one.spread(rows)
    words = one.words[places]
    similarities = other.have(others[pairs], words).astype(np.float64)
    missing = np.flatnonzero(similarities == 0)
    counts = near.starts[words[missing] + 1] - near.starts[words[missing]]
    at, owner = ranges(near.starts[words[missing]], counts)
    source = missing[owner]
    found = other.have(others[pairs[source]], near.others[at])
    np.maximum.at(similarities, source[found], near.similarities[at[found]])
    return Shared(words, pairs, similarities)


def document_frequency(bags: Sequence[Bags], size: int) -> Ints:
    """In how many rows each word is."""
    return np.bincount(np.concatenate([each.words for each in bags]), minlength=size).astype(
        np.int64
    )
