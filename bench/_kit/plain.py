"""What rapidfuzz alone does with labelled sets: trigram blocking, token_set_ratio of whole records, a threshold."""

from __future__ import annotations

import re

import numpy as np
from rapidfuzz import fuzz, process, utils

from bench._kit.labelled import LabelledSet, Pairs
from graph.match.records.bags import Flags, Floats
from graph.match.records.candidates import Candidates, between, within

_EACH = 20
_LEAST_BETWEEN, _LEAST_WITHIN = (
    50.0,
    85.0,
)  # where best matches are chosen among, and where all above are taken


def plain(labelled: LabelledSet) -> Pairs:
    """The pairs that are one: of two tables mutual best matches, of one table all that are alike enough."""
    left, right = labelled.left, labelled.right or labelled.left
    pairs = between(left, right, _EACH) if labelled.right else within(left, _EACH)
    texts = [[_text(row) for row in table.rows] for table in (left, right)]
    scores = process.cpdist(
        [texts[0][row] for row in pairs.left.tolist()],
        [texts[1][row] for row in pairs.right.tolist()],
        scorer=fuzz.token_set_ratio,
        processor=utils.default_process,
        dtype=np.float32,
        workers=-1,
    )
    kept = scores >= (_LEAST_BETWEEN if labelled.right else _LEAST_WITHIN)
    if labelled.right:
        kept = _mutual(pairs, np.where(kept, scores, 0.0))
    ends = zip(pairs.left[kept].tolist(), pairs.right[kept].tolist(), strict=True)
    return frozenset((left.ids[a], right.ids[b]) for a, b in ends)


def _mutual(pairs: Candidates, scores: Floats) -> Flags:
    """The pairs that are the one best of both their records; of equal ones the first."""
    ordered = np.lexsort((np.arange(len(pairs)), -scores))
    first_left = ordered[np.unique(pairs.left[ordered], return_index=True)[1]]
    first_right = ordered[np.unique(pairs.right[ordered], return_index=True)[1]]
    kept = np.zeros(len(pairs), np.bool_)
    kept[np.intersect1d(first_left, first_right)] = True
    return np.asarray(kept & (scores > 0))


def _text(row: tuple[str, ...]) -> str:
    return re.sub(r"\s+", " ", " ".join(row)).strip()
