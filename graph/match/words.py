"""Words of names and addresses in a form that spellings share, and how alike two words are.

Other scripts are written out in Latin letters, by sound where the script has one; what cannot be written out is kept.
Nothing here knows what a word means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import OSA

from graph.model.values.text import plain_letters

_WORD = re.compile(r"[^\W_]+")
_DROPPED = re.compile(r"['’`´ʼʹ]|(?<=\b\w)\.(?=\w\b)")  # O'Neil and U.S. are one word each
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # syllables of Chinese are written with capitals
# What spellings of one sound differ by, the longer first: Müller and Mueller, Yusuf and Iusuf, Aleksandr and Alexandr.
_SOUNDS = (
    ("sch", "s"), ("tch", "c"), ("tsh", "c"), ("ph", "f"), ("kh", "h"), ("gh", "g"), ("ck", "k"),
    ("th", "t"), ("dh", "d"), ("zh", "j"), ("sh", "s"), ("ch", "c"), ("ks", "x"), ("ou", "u"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ee", "i"), ("ie", "i"), ("oo", "u"), ("y", "i"),
    ("w", "v"), ("q", "k"), ("z", "s"),
)  # fmt: skip
_LENGTHS_APART = 4  # letters by which two spellings of one word differ at most
_CONSONANTS = str.maketrans(
    {
        **dict.fromkeys("aeiouh", ""), "p": "b", "f": "b", "v": "b", "c": "k", "g": "k", "x": "k",
        "t": "d", "s": "j", "n": "m",
    }
)  # fmt: skip


class Aligned(NamedTuple):
    """Words of two lists put side by side: pairs with their similarity, and what is left of each list."""

    pairs: tuple[tuple[str, str, float], ...]
    left: tuple[str, ...]
    right: tuple[str, ...]


@lru_cache(maxsize=65_536)
def latin(text: str) -> str:
    """`text` without case and marks, in Latin letters where it can be written out in them.

    Doing it again changes nothing.
    """
    plain = plain_letters(text)
    if plain.isascii():
        return plain
    written = "".join(_written_out(char) for char in plain)
    return plain_letters(" ".join(_CAPITAL.sub(" ", written).split()))


@lru_cache(maxsize=65_536)
def words_of(text: str) -> tuple[str, ...]:
    """The words of `text` in Latin letters, in order; letters and digits only."""
    return tuple(_WORD.findall(_DROPPED.sub("", latin(text))))


@lru_cache(maxsize=65_536)
def spelling(word: str) -> str:
    """A word of `words_of` without what spellings of one sound differ by: mueller and muller become one.

    Doing it again changes nothing.
    """
    before = ""
    while before != word:
        before = word
        for written, sound in _SOUNDS:
            word = word.replace(written, sound)
        word = re.sub(r"([a-z])\1+", r"\1", word)
    return word


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """The consonants of a word by groups that are mistaken for each other, after its first letter; digits stay.

    Mohammed, Muhammad and Mohamed have one. A coarse key for blocking, never evidence alone.
    """
    spelt = spelling(word)
    return spelt[:1] + re.sub(r"([a-z])\1+", r"\1", spelt[1:].translate(_CONSONANTS))


def edits_allowed(length: int) -> int:
    """How many edits may lie between two spellings of a word of `length` letters."""
    return 0 if length < 4 else 1 if length < 8 else 2


@lru_cache(maxsize=262_144)
def word_similarity(left: str, right: str) -> float:
    """1 for one spelling, 0.95 for one sound, 0.75 to 0.95 for few edits, else 0.

    Words with digits are alike only where they are the same: 2019 and 2018 are not misspellings of each other.
    """
    if left == right:
        return 1.0
    if not (left.isalpha() and right.isalpha()) or abs(len(left) - len(right)) > _LENGTHS_APART:
        return 0.0
    one, other = spelling(left), spelling(right)
    if one == other:
        return 0.95
    longest = max(len(left), len(right))
    allowed = edits_allowed(min(len(left), len(right)))
    edits = OSA.distance(left, right, score_cutoff=allowed)
    if edits > allowed:
        edits = OSA.distance(one, other, score_cutoff=allowed)
    return 1.0 - edits / longest if edits <= allowed else 0.0


def aligned(
    lefts: Sequence[str],
    rights: Sequence[str],
    similarity: Callable[[str, str], float] = word_similarity,
) -> Aligned:
    """The words of both lists in pairs, the most alike first, each word once; pairs of similarity 0 are none.

    Which list is left changes nothing but the sides. The pairs are in order of their words.
    """
    pairs: list[tuple[str, str, float]] = []
    left, right = list(lefts), list(rights)
    for word in lefts:
        if word in right:
            left.remove(word)
            right.remove(word)
            pairs.append((word, word, 1.0))
    if left and right:
        likely = [(alike, a, b) for a in left for b in right if (alike := similarity(a, b)) > 0]
        for alike, a, b in sorted(likely, key=_most_alike_first) if len(likely) > 1 else likely:
            if a in left and b in right:
                left.remove(a)
                right.remove(b)
                pairs.append((a, b, alike))
    return Aligned(tuple(sorted(pairs)), tuple(left), tuple(right))


def _most_alike_first(pair: tuple[float, str, str]) -> tuple[float, str, str]:
    similarity, left, right = pair
    return -similarity, min(left, right), max(left, right)


def _written_out(char: str) -> str:
    """A letter in Latin letters; itself where there are none for it, or where it is no letter."""
    if char.isascii() or not char.isalnum():
        return char
    written = anyascii(char)
    return written if written.strip() else char
