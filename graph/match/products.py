"""Software products and names of threat actors and malware: their names' forms, and how alike two are."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from graph.errors import Refused
from graph.match.comparing import Comparison, Veto
from graph.match.words import aligned, latin, words_of
from graph.model.values.intelligence import name_form_of

# Words that vendors and lists write or leave out.
_PRODUCT_SMALL = frozenset(
    [
        "application", "community", "edition", "enterprise", "framework", "free", "for", "foundation", "inc", "library",
        "ltd", "open", "pro", "professional", "project", "server", "software", "source", "standard", "suite", "team",
        "the", "tool", "tools",
    ]
)  # fmt: skip
_VENDORS = {
    "apache software foundation": "apache", "google llc": "google", "hewlett packard": "hp",
    "hewlett packard enterprise": "hpe", "international business machines": "ibm", "microsoft corporation": "microsoft",
    "mozilla foundation": "mozilla", "oracle corporation": "oracle", "red hat": "redhat", "sun microsystems": "oracle",
    "the php group": "php",
}  # fmt: skip
_GROUP_WORDS = re.compile(r"(?:group|gang|team|apt|actor|spider|ransomware|malware|rat|bot)$")


class ProductName(NamedTuple):
    """A product's name in words, and its vendor and part (a, o, h) where these are known."""

    shown: str
    words: tuple[str, ...]
    vendor: str
    part: str


@lru_cache(maxsize=65_536)
def product_name(name: str, vendor: str = "", part: str = "") -> ProductName:
    """`name` taken apart; a CPE's `part:vendor:product` gives vendor and part itself."""
    if match := re.fullmatch(r"([aoh]):([^:]+):([^:]+)", name):
        part, vendor, bare = match.groups()
    else:
        bare = name.removeprefix("name:")
    maker = " ".join(words_of(vendor.replace("_", " ")))
    maker = _VENDORS.get(maker, maker)
    words = words_of(re.sub(r"[_-]", " ", bare.replace("++", "plusplus").replace("#", "sharp")))
    own = tuple(word for word in words if word != maker) or words
    return ProductName(name, own, maker, part)


def compare_products(left: ProductName, right: ProductName) -> Comparison:
    """How alike two products' names are; words such as server or enterprise count little, numbers much."""
    shown = (left.shown, right.shown)
    if left.words == right.words:
        return Comparison(1.0, *shown, "the same words")
    if "".join(left.words) == "".join(right.words):
        return Comparison(0.97, *shown, "the same letters, spaced differently")
    found = aligned(left.words, right.words)
    agreed = sum(2 * _weight(a) * similarity for a, _, similarity in found.pairs)
    rest = found.left + found.right
    total = sum(2 * _weight(a) for a, *_ in found.pairs) + sum(map(_weight, rest))
    share = agreed / total if total else 0.0
    if any(word.isdigit() for word in rest):
        return Comparison(min(share, 0.6), *shown, "alike, but for a number")
    if not found.pairs:
        return Comparison(0.0, *shown, "no word in common")
    part = fuzz.partial_ratio(" ".join(left.words), " ".join(right.words)) / 100
    return Comparison(
        share, *shown, "one contains the other" if part == 1 else "some words in common"
    )


def compare_vendors(left: ProductName, right: ProductName) -> Comparison | None:
    """1 for one vendor, 0 for two; None where one is not known."""
    if not left.vendor or not right.vendor:
        return None
    if left.vendor == right.vendor:
        return Comparison(1.0, left.vendor, right.vendor, "the same vendor")
    share = fuzz.token_set_ratio(left.vendor, right.vendor) / 100
    if share >= 0.9:
        return Comparison(0.8, left.vendor, right.vendor, "vendors whose names are alike")
    return Comparison(0.0, left.vendor, right.vendor, "different vendors")


def part_veto(left: ProductName, right: ProductName) -> Veto | None:
    """That two are two, since one is an application and the other an operating system or hardware."""
    if left.part and right.part and left.part != right.part:
        return Veto(
            "part", left.part, right.part, "an application, a system and a device are never one"
        )
    return None


@lru_cache(maxsize=65_536)
def threat_form(name: str) -> str:
    """The form of the model's keys, in Latin letters; `APT 28` and `apt-28` are one. Empty without a letter."""
    try:
        return name_form_of(latin(name))
    except Refused:
        return ""


def threat_core(form: str) -> str:
    """A form without a last word such as group."""
    return _GROUP_WORDS.sub("", form)


def compare_threats(left: str, right: str) -> Comparison:
    """How alike two names of actors or malware are. Numbers tell them apart: APT28 is not APT29."""
    one, other = threat_form(left), threat_form(right)
    if one == other and one:
        return Comparison(1.0, left, right, "the same form")
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return Comparison(0.0, left, right, "different numbers")
    if threat_core(one) == threat_core(other) and len(threat_core(one)) > 3:
        return Comparison(0.85, left, right, "the same but for a word such as group")
    similarity = OSA.normalized_similarity(one, other)
    if similarity < 0.75:
        return Comparison(0.0, left, right, "different names")
    return Comparison(0.9 * similarity, left, right, "spelt a little differently")


def _weight(word: str) -> float:
    return 0.2 if word in _PRODUCT_SMALL else 1.0
