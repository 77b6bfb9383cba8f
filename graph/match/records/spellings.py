"""Which words of a vocabulary may be spellings of each other: few edits apart, found without comparing all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from rapidfuzz.distance import OSA

from graph.match.records.bags import Neighbours, Vocabulary
from graph.match.words import edits_allowed

_SHORTEST = 4
_TWO_EDITS = 8  # letters from which on two edits are allowed
_CROWD = 50  # words that share a form: so many are no spellings of one


def spellings(vocabulary: Vocabulary) -> Neighbours:
    """For each word the words one edit away, two for long ones. Words with digits have none: they are other numbers.

    Two words are compared only where leaving out as many letters as edits are allowed makes them the same.
    """
    words = list(vocabulary)
    pairs: dict[tuple[int, int], float] = {}
    for crowd in _by_form(vocabulary):
        for at, one in enumerate(crowd):
            for other in crowd[at + 1 :]:
                pair = (one, other) if one < other else (other, one)
                if pair not in pairs:
                    pairs[pair] = _similarity(words[one], words[other])
    alike = [(one, other, s) for (one, other), s in pairs.items() if s > 0]
    both = sorted([*alike, *((other, one, s) for one, other, s in alike)])
    owners = np.array([one for one, *_ in both], np.int64)
    return Neighbours(
        np.searchsorted(owners, np.arange(len(words) + 1)).astype(np.int64),
        np.array([other for _, other, _ in both], np.int64),
        np.array([s for *_, s in both], np.float64),
    )


def _by_form(vocabulary: Vocabulary) -> Iterable[list[int]]:
    """Words that share a form with letters left out, as many as edits are allowed."""
    found: dict[str, list[int]] = defaultdict(list)
    for word, number in vocabulary.items():
        if len(word) >= _SHORTEST and word.isalpha():
            for form in _forms(word):
                found[form].append(number)
    return (crowd for crowd in found.values() if 1 < len(crowd) <= _CROWD)


def _forms(word: str) -> set[str]:
    shorter = _shortened(word)
    forms = {word, *shorter}
    if len(word) >= _TWO_EDITS:
        forms.update(form for each in shorter for form in _shortened(each))
    return forms


def _shortened(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _similarity(one: str, other: str) -> float:
    allowed = edits_allowed(min(len(one), len(other)))
    edits = OSA.distance(one, other, score_cutoff=allowed)
    return 0.0 if edits > allowed else 1.0 - edits / max(len(one), len(other))
