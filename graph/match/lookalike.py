"""Domain names that look like another: mistaken letters, slips of typing, flipped bits, other suffixes, added words.

What looks alike is a relation, and never makes two names one. Names are canonical (`graph.model.values.domain`).
Nothing is generated: of two names it is said how they are alike, and names that are share a key, so that millions can
be searched by blocks. Two that are two edits apart, or of which one has an unknown word glued to it, may share none.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA

from graph.model.values.domain import registration_of, unicode_form

_SHORTEST = 3  # letters that a name has at least; shorter ones look like everything
_LONGEST_KEYED = 24  # letters of which one is left out for keys
_ROWS = ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Way(StrEnum):
    """How a name looks like another."""

    CONFUSABLE = "CONFUSABLE"  # letters that look alike
    SUFFIX = "SUFFIX"  # the same name under another public suffix
    HYPHEN = "HYPHEN"  # a hyphen more or less
    BIT_FLIP = "BIT_FLIP"  # one bit of one letter
    KEYBOARD = "KEYBOARD"  # a key beside the right one
    REPETITION = "REPETITION"  # a letter twice, or once instead of twice
    TRANSPOSITION = "TRANSPOSITION"  # two letters exchanged
    OMISSION = "OMISSION"  # a letter less
    INSERTION = "INSERTION"  # a letter more
    SUBSTITUTION = "SUBSTITUTION"  # another letter
    EDITS = "EDITS"  # two edits of a long name
    COMBINATION = "COMBINATION"  # words before or behind the name
    EMBEDDED = "EMBEDDED"  # the whole name within another's labels


_SCORES = {
    Way.CONFUSABLE: 0.95, Way.EMBEDDED: 0.9, Way.HYPHEN: 0.85, Way.BIT_FLIP: 0.85, Way.KEYBOARD: 0.85,
    Way.REPETITION: 0.85, Way.TRANSPOSITION: 0.85, Way.OMISSION: 0.8, Way.INSERTION: 0.8, Way.SUBSTITUTION: 0.75,
    Way.COMBINATION: 0.75, Way.SUFFIX: 0.7, Way.EDITS: 0.55,
}  # fmt: skip
_OF_LENGTH = frozenset(_SCORES) - {Way.CONFUSABLE, Way.EMBEDDED, Way.SUFFIX}


class LookAlike(NamedTuple):
    """How two names look alike: every way, the strongest first, and a score from 0 to 1."""

    ways: tuple[Way, ...]
    score: float
    reason: str


class _Name(NamedTuple):
    label: str  # what was registered, as people read it
    suffix: str
    above: str  # the labels before it, with dots


@lru_cache(maxsize=65_536)
def skeleton(label: str) -> str:
    """What a label looks like, in ASCII where it looks like ASCII. Doing it again changes nothing."""
    tables = _tables()
    # Before and after: mathematical capitals are none until they are taken apart, and some small letters have accents.
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", label).lower())
    bare = "".join(c for c in small if not unicodedata.combining(c))
    looks = "".join(tables.looks.get(char, char) for char in bare)
    before = ""
    while before != looks:
        before = looks
        for written, seen in tables.ascii:
            looks = looks.replace(written, seen)
    return looks


def look_alike(name: str, other: str, only: frozenset[Way] = frozenset(Way)) -> LookAlike | None:
    """How `other` looks like `name` in some ways; None where it does not, is the same, or lies below it."""
    one, two = _parts(name), _parts(other)
    if one is None or two is None or (one.label, one.suffix) == (two.label, two.suffix):
        return None
    ways = tuple(sorted(only.intersection(_ways(one, two)), key=lambda way: (-_SCORES[way], way)))
    if not ways:
        return None
    score = max(_scored(way, len(one.label)) for way in ways)
    reason = f"{two.label}.{two.suffix} looks like {one.label}.{one.suffix}: {_SAID[ways[0]]}"
    return LookAlike(ways, score, reason)


def look_alike_keys(name: str) -> frozenset[str]:
    """Keys of which names that look alike share one or more: the longer the name the more, some forty at most."""
    parts = _parts(name)
    if parts is None:
        return frozenset()
    label = parts.label
    keys = {_key_of(label)}
    if len(label) > _SHORTEST:
        places = range(min(len(label), _LONGEST_KEYED))
        keys.update(f"d:{label[:at]}{label[at + 1 :]}" for at in places)
        keys.add(f"d:{label}")
    keys.update(map(_key_of, _combined(label)))
    keys.update(map(_key_of, _embedded(parts)))
    return frozenset(keys)


def embedded_keys(name: str) -> frozenset[str]:
    """Those of them by which names are found that stand whole within another's labels."""
    parts = _parts(name)
    return frozenset(map(_key_of, _embedded(parts))) if parts else frozenset()


def _key_of(label: str) -> str:
    """By which labels are found that look like one, with whatever hyphens."""
    return f"s:{skeleton(label).replace('-', '')}"


def _ways(one: _Name, two: _Name) -> Iterator[Way]:
    label, other = one.label, two.label
    if label == other:
        yield Way.SUFFIX
    elif skeleton(label) == skeleton(other):
        yield Way.CONFUSABLE
    elif label.replace("-", "") == other.replace("-", ""):
        yield Way.HYPHEN
    elif len(label) > _SHORTEST:
        yield from _slips(label, other)
        if skeleton(label) in map(skeleton, _combined(other)):
            yield Way.COMBINATION
    if label in _embedded(two) and len(label) > _SHORTEST:
        yield Way.EMBEDDED


def _slips(label: str, other: str) -> Iterator[Way]:
    edits = OSA.distance(label, other, score_cutoff=2)
    if edits == 2 and min(len(label), len(other)) >= 8:
        yield Way.EDITS
    if edits != 1:
        return
    at = next((n for n, (a, b) in enumerate(zip(label, other, strict=False)) if a != b), None)
    at = min(len(label), len(other)) if at is None else at
    if len(label) != len(other):
        long = max(label, other, key=len)
        extra = long[at]
        if extra in (long[at - 1 : at], long[at + 1 : at + 2]):
            yield Way.REPETITION
        elif any(extra in _beside(near) for near in (long[at - 1 : at], long[at + 1 : at + 2])):
            yield Way.KEYBOARD
        yield Way.INSERTION if len(other) > len(label) else Way.OMISSION
    elif sorted(label) == sorted(other):
        yield Way.TRANSPOSITION
    else:
        meant, typed = label[at], other[at]
        if typed in _beside(meant):
            yield Way.KEYBOARD
        if meant.isascii() and typed.isascii() and (ord(meant) ^ ord(typed)).bit_count() == 1:
            yield Way.BIT_FLIP
        yield Way.SUBSTITUTION


def _combined(label: str) -> Iterator[str]:
    """What may be a name that words were put to: the parts between hyphens, and what is left without known words."""
    words = _tables().words
    parts = label.split("-")
    if len(parts) > 1:
        yield from (part for part in parts if len(part) > _SHORTEST and part not in words)
        yield from (
            "".join(rest) for rest in (parts[1:], parts[:-1]) if len("".join(rest)) > _SHORTEST
        )
    for word in words:
        rest = label.removeprefix(word), label.removesuffix(word)
        yield from (
            each.strip("-") for each in rest if each != label and len(each.strip("-")) > _SHORTEST
        )


def _embedded(parts: _Name) -> Iterator[str]:
    """Labels before the registered one that a suffix follows, as in acme.com.evil.example and acme-com.evil.example."""
    labels = parts.above.split(".") if parts.above else []
    for at, label in enumerate(labels):
        if (
            at + 1 < len(labels)
            and registration_of(".".join(labels[at : at + 2])).section == "icann"
        ):
            yield label
        head, _, tail = label.rpartition("-")
        if head and registration_of(f"{head}.{tail}").section == "icann":
            yield head


def _scored(way: Way, length: int) -> float:
    """A way's score; slips in short names are other names more often."""
    return _SCORES[way] * (min(1.0, 0.4 + 0.1 * length) if way in _OF_LENGTH else 1.0)


@lru_cache(maxsize=65_536)
def _parts(name: str) -> _Name | None:
    place = registration_of(name)
    if not place.registrable:
        return None
    label = place.registrable[: -len(place.suffix) - 1]
    above = name[: -len(place.registrable) - 1]
    readable = unicode_form(label)
    return _Name(readable, place.suffix, above) if len(readable) >= _SHORTEST else None


@cache
def _beside(key: str) -> str:
    """The keys around one on a QWERTY keyboard; none for what is on no key."""
    for row, keys in enumerate(_ROWS):
        if key and key in keys:
            at = keys.index(key)
            around = "".join(
                _ROWS[r][max(0, at - 1) : at + 2]
                for r in (row - 1, row, row + 1)
                if 0 <= r < len(_ROWS)
            )
            return around.replace(key, "")
    return ""


class _Tables(NamedTuple):
    looks: dict[str, str]
    ascii: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


@cache
def _tables() -> _Tables:
    text = files("graph.match").joinpath("confusables.toml").read_text("utf-8")
    given: dict[str, Any] = tomllib.loads(text)
    looks = {char: seen for seen, chars in given["looks_like"].items() for char in chars}
    return _Tables(looks, tuple(given["ascii"].items()), tuple(given["combined"]["words"]))


_SAID = {
    Way.CONFUSABLE: "its letters are mistaken for the other's",
    Way.SUFFIX: "the same name under another suffix",
    Way.HYPHEN: "the same but for hyphens",
    Way.BIT_FLIP: "one bit of one letter differs",
    Way.KEYBOARD: "a key beside the right one",
    Way.REPETITION: "a letter more or less of the same",
    Way.TRANSPOSITION: "two letters are exchanged",
    Way.OMISSION: "a letter is missing",
    Way.INSERTION: "a letter was put in",
    Way.SUBSTITUTION: "another letter in one place",
    Way.EDITS: "two letters differ",
    Way.COMBINATION: "the name with words put to it",
    Way.EMBEDDED: "the whole name stands before another's",
}
