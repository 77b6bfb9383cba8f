"""Many names against many: which pairs are alike enough to be judged, by rapidfuzz on whole arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from graph.match.records.bags import Floats, Ints
from graph.match.records.candidates import Candidates

_CELLS = 8_000_000  # scores that are held at once, a byte each


def alike(
    lefts: Sequence[str], rights: Sequence[str], least: float = 0.8, workers: int = 1
) -> Candidates:
    """The positions of all pairs of texts whose edit similarity is `least` (0 to 1) or more, and that similarity.

    Each text is compared with each: for texts of one block, or a few hundred thousand against few. `workers` is the
    number of threads; -1 takes every processor.
    """
    found = list(_by_rows(lefts, rights, least, workers))
    if not found:
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    left, right, likeness = (np.concatenate(part) for part in zip(*found, strict=True))
    return Candidates(left.astype(np.int64), right.astype(np.int64), likeness)


def _by_rows(
    lefts: Sequence[str], rights: Sequence[str], least: float, workers: int
) -> Iterator[tuple[Ints, Ints, Floats]]:
    rows = max(1, _CELLS // max(1, len(rights)))
    for begin in range(0, len(lefts), rows):
        scores = process.cdist(
            lefts[begin : begin + rows],
            rights,
            scorer=fuzz.ratio,
            score_cutoff=least * 100,
            dtype=np.uint8,
            workers=workers,
        )
        flat = np.flatnonzero(scores)
        left, right = np.divmod(flat, max(1, len(rights)))
        yield left + begin, right, scores.ravel()[flat] / 100.0
