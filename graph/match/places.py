"""Postal addresses: their words written out, house numbers and postal codes, and how alike two addresses are.

Nothing is geocoded. Street words are those that the place keys know (`graph.model.values.place`) and some more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from graph.match.comparing import Comparison, Veto
from graph.match.words import aligned, words_of
from graph.model.values.place import written_out

_STREET_WORDS = frozenset(
    [
        "alley", "avenida", "avenue", "boulevard", "building", "calle", "center", "circle", "court",
        "crescent", "drive", "east", "floor", "highway", "house", "lane", "north", "office",
        "parkway", "place", "plaza", "road", "room", "route", "rue", "south", "square", "strasse",
        "street", "suite", "terrace", "ulica", "unit", "via", "weg", "west",
    ]
)  # fmt: skip
_MORE = {
    "allee": "avenue", "blv": "boulevard", "blvd": "boulevard", "cir": "circle", "cres": "crescent", "crt": "court",
    "ct": "court", "gasse": "street", "hse": "house", "ofc": "office", "platz": "square", "pz": "plaza", "rm": "room",
    "rte": "route", "sth": "south", "nth": "north", "strase": "strasse", "ter": "terrace", "ul": "ulica",
    "ulitsa": "ulica",
    **{f"{name}": f"{number}{ending}" for number, ending, name in (
        (1, "st", "first"), (2, "nd", "second"), (3, "rd", "third"), (4, "th", "fourth"), (5, "th", "fifth"),
        (6, "th", "sixth"), (7, "th", "seventh"), (8, "th", "eighth"), (9, "th", "ninth"), (10, "th", "tenth"),
    )},
}  # fmt: skip
_ENDING = re.compile(r"(?<=\w{3})(?:strasse|str)$")
_NUMBER = re.compile(r"\d+[a-z]?")
_STREET_WORD_WEIGHT, _NUMBER_WEIGHT = 0.25, 0.8
_OTHER_NUMBER = 0.4  # as alike as addresses with other house numbers are at most


class Address(NamedTuple):
    """The words of an address in order, without numbers, and their weight; house numbers, postal code and country."""

    shown: str
    words: tuple[str, ...]
    weight: float
    numbers: frozenset[str]
    postal_code: str
    country: str


@lru_cache(maxsize=65_536)
def address_of(text: str, postal_code: str = "", country: str = "") -> Address:
    """`text` taken apart; the postal code is no house number. `country` is a code of ISO 3166-1."""
    codes = words_of(postal_code)
    code = "".join(codes)
    parts = [
        _full(word) for whole in words_of(text) for word in _ENDING.sub(" strasse", whole).split()
    ]
    joined = [word for word in parts if word != code and word not in codes]
    numbers = frozenset(word for word in joined if _NUMBER.fullmatch(word))
    words = tuple(word for word in joined if word not in numbers)
    return Address(text, words, sum(map(_weight, words)), numbers, code, country)


def compare_addresses(left: Address, right: Address) -> Comparison:
    """How alike two addresses are. Street words count little; another house number is another place."""
    agreed = 0.0
    for one, other, similarity in aligned(left.words, right.words).pairs:
        agreed += 2 * min(_weight(one), _weight(other)) * similarity
    total = left.weight + right.weight
    if left.numbers and right.numbers:
        agreed += 2 * _NUMBER_WEIGHT * len(left.numbers & right.numbers)
        total += _NUMBER_WEIGHT * (len(left.numbers) + len(right.numbers))
    if left.postal_code and right.postal_code:
        agreed += 2 * _NUMBER_WEIGHT * (left.postal_code == right.postal_code)
        total += 2 * _NUMBER_WEIGHT
    similarity = min(agreed / total, 1.0) if total else 0.0
    if numbers_differ(left, right):
        similarity, reason = min(similarity, _OTHER_NUMBER), "other house numbers"
    elif similarity == 1.0:
        reason = "the same words and numbers, written out"
    else:
        reason = "words and numbers in common" if agreed else "nothing in common"
    return Comparison(similarity, left.shown, right.shown, reason)


def numbers_differ(left: Address, right: Address) -> bool:
    """Whether both have numbers, and none in common."""
    return bool(left.numbers and right.numbers) and not left.numbers & right.numbers


def house_number_veto(left: Address, right: Address) -> Veto | None:
    """That two addresses are two, since their house numbers differ."""
    if not numbers_differ(left, right):
        return None
    one, other = (", ".join(sorted(each.numbers)) for each in (left, right))
    return Veto("house number", one, other, "another house number is another place")


def _full(word: str) -> str:
    return _MORE.get(word) or written_out(word)


def _weight(word: str) -> float:
    return _STREET_WORD_WEIGHT if word in _STREET_WORDS else 1.0
