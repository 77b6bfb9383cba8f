"""Names of companies and other bodies: their words without the legal form, and how alike two names are.

Taking a name apart is done as for the provisional key (`graph.model.values.party`). Word lists are in
`company_words.toml`. That two names are one never makes their bearers one.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from graph.errors import Refused
from graph.match.comparing import Comparison
from graph.match.words import Aligned, aligned, words_of
from graph.model.values.party import company_name

_COMMON, _SMALL, _USUAL = 0.35, 0.1, 1.0
_TELLING = 0.6  # what names that differ by a number or a direction keep of their similarity
_JOINED = 0.97  # Data Dog and DataDog
_ACRONYM = 0.8
_LETTERS = 0.1  # the part of the similarity that letters make, whatever words they are in
_OF_SCRIPT = (
    "株式会社", "有限会社", "合同会社", "有限责任公司", "股份有限公司", "有限公司", "주식회사", "유한회사",
)  # fmt: skip


class BodyName(NamedTuple):
    """The words of a body's name in order, without legal form, and the legal form.

    `shown` is the name as it stands, `weight` that of all words, `first` the first word that tells something; `glued`
    are the words without spaces, `sorted_text` in order of text.
    """

    shown: str
    words: tuple[str, ...]
    legal_form: str
    weight: float
    first: str
    glued: str
    sorted_text: str


class _Words(NamedTuple):
    """The lists of `company_words.toml`: weights, other spellings, the group of a telling word, forms by length."""

    weights: dict[str, float]
    same: dict[str, str]
    telling: dict[str, int]
    forms: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=65_536)
def body_name(name: str, country: str = "") -> BodyName:
    """`name` taken apart. `country` (ISO 3166-1) says whose legal forms to look for first. Never refuses."""
    bare = name
    for form in _OF_SCRIPT:
        bare = bare.replace(form, " ")
    try:
        found = company_name(bare, country)
    except Refused:
        return _named(name, words_of(name), "")
    same = _words().same
    spelt = _without_forms(tuple(w for token in found.one_letter for w in words_of(token)))
    words = tuple(same.get(word, word) for word in spelt)
    return _named(name, words or words_of(name), found.legal_form)


def _without_forms(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without a legal form written out; all of them where it is nothing else."""
    for form in _words().forms:
        size = len(form)
        for at in range(len(words) - size + 1):
            if words[at : at + size] == form and len(words) > size:
                return words[:at] + words[at + size :]
    return words


def _named(shown: str, words: tuple[str, ...], legal_form: str) -> BodyName:
    first = next((word for word in words if weight(word) > _SMALL), "")
    total = sum(map(weight, words))
    return BodyName(shown, words, legal_form, total, first, "".join(words), " ".join(sorted(words)))


def weight(word: str) -> float:
    """How much agreeing on a word tells: 1, less for what very many names have."""
    return _words().weights.get(word, _USUAL)


def initials(name: BodyName) -> str:
    """The first letters of a name's words, but for small ones: ibm for International Business Machines."""
    return "".join(word[0] for word in name.words if weight(word) > _SMALL)


def compare_names(left: BodyName, right: BodyName) -> Comparison:
    """How alike two names are: common words count little, and a number or direction that differs much."""
    similarity, reason = _similarity(left, right)
    if similarity < _ACRONYM and _is_acronym(left, right):
        similarity, reason = _ACRONYM, "one is the other's initials"
    return Comparison(similarity, left.shown, right.shown, reason)


def compare_first_words(left: BodyName, right: BodyName) -> Comparison | None:
    """Jaro-Winkler on the first words that tell something; None where a name has none."""
    one, other = left.first, right.first
    if not one or not other:
        return None
    similarity = JaroWinkler.normalized_similarity(one, other)
    reason = "the same first word" if one == other else "the first words, by Jaro-Winkler"
    return Comparison(similarity, one, other, reason)


def compare_legal_forms(left: BodyName, right: BodyName) -> Comparison | None:
    """1 for one legal form, 0 for two; None where a name has none."""
    one, other = left.legal_form, right.legal_form
    if not one or not other:
        return None
    if one == other:
        return Comparison(1.0, one, other, "the same legal form")
    return Comparison(0.0, one, other, "different legal forms")


def _similarity(left: BodyName, right: BodyName) -> tuple[float, str]:
    if not left.words or not right.words:
        return 0.0, "a name without letters"
    if left.words == right.words:
        return 1.0, "the same words"
    if left.glued == right.glued:
        return _JOINED, "the same letters, spaced differently"
    found = aligned(left.words, right.words)
    weights = _words().weights
    agreed = 0.0
    for one, other, similarity in found.pairs:
        agreed += 2 * min(weights.get(one, _USUAL), weights.get(other, _USUAL)) * similarity
    total = left.weight + right.weight
    share = (1 - _LETTERS) * min(agreed / total, 1.0) if total else 0.0
    share += _LETTERS * fuzz.ratio(left.sorted_text, right.sorted_text) / 100
    if _tells_apart(found.left, found.right):
        return share * _TELLING, "alike, but for a number or word that tells bodies apart"
    return share, _reason(found)


def _reason(found: Aligned) -> str:
    if not found.pairs:
        return "no word in common"
    if found.left and found.right:
        return "some words in common"
    if found.left or found.right:
        return "one has words more than the other"
    is_exact = all(similarity == 1.0 for *_, similarity in found.pairs)
    return "the same words in another order" if is_exact else "words spelt a little differently"


def _tells_apart(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether what is left of two names tells them apart: a number, or two words of one group."""
    telling = _words().telling
    if any(word.isdigit() for word in left + right):
        return True
    groups = {telling[word] for word in left if word in telling}
    return bool(groups) and any(telling.get(word) in groups for word in right)


def _is_acronym(left: BodyName, right: BodyName) -> bool:
    for short, long in ((left, right), (right, left)):
        if len(short.words) == 1 and 3 <= len(short.words[0]) <= 6 and len(long.words) >= 3:
            every = "".join(word[0] for word in long.words)
            if short.words[0] in (initials(long), every):
                return True
    return False


@cache
def _words() -> _Words:
    text = files("graph.match").joinpath("company_words.toml").read_text("utf-8")
    given: dict[str, Any] = tomllib.loads(text)
    same = {other: word for word, others in given["same"].items() for other in others}
    same |= {other: number for number, others in given["numbers"].items() for other in others}
    common = (*given["common"], *given["same"])
    weights = {same.get(word, word): _COMMON for word in common}
    weights |= dict.fromkeys(given["small"], _SMALL)
    groups = {w: group for group, line in enumerate(given["telling"]) for w in line}
    forms = sorted(
        (tuple(form.split()) for form in given["forms"]), key=lambda form: (-len(form), form)
    )
    return _Words(weights, same, groups, tuple(forms))
