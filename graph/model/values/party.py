"""Names of companies and bodies, in a form that spellings of one name share.

The form is for finding and for provisional keys; that two names have one form does not make their
bearers one. Other scripts are not transliterated.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import fold_case, plain_letters, text_of

WANTED = "the name of a company or body"
_CONJUNCTIONS = frozenset(("and", "und", "et", "och", "og"))
# Letters that some languages write as two where they lack the letter, and others as the bare one.
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_ONE_LETTER = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ı": "i", "œ": "oe"})
_TWO_LETTER_COUNTRIES = frozenset(("AT", "CH", "DE", "DK", "LI", "NO"))
_FINGERPRINT = re.compile(r"[^\W_]+(?: [^\W_]+)*/[^\W_]*(?:-[^\W_]+)*")
_LONGEST_FORM = 5


class CompanyName(NamedTuple):
    """A name without its legal form: its tokens in order, in both ways of writing out letters."""

    one_letter: tuple[str, ...]  # ü as u
    two_letters: tuple[str, ...]  # ü as ue
    legal_form: str  # canonical, such as gmbh; empty where the name has none

    @property
    def variants(self) -> frozenset[str]:
        """The sorted tokens of each way; two names may be one where these meet."""
        return frozenset(" ".join(sorted(t)) for t in (self.one_letter, self.two_letters))


@lru_cache(maxsize=16_384)
def company_name(name: str, country: str = "") -> CompanyName:
    """`name` taken apart. `country` (ISO 3166-1) says whose legal forms to look for first."""
    text = fold_case(text_of(WANTED, name))
    two = _tokens(text.translate(_TWO_LETTERS))
    one = _tokens(text.translate(_ONE_LETTER))
    form, words = _legal_form(two, country)
    if not words and len(two) > 1 and two[0] in _leading():
        return CompanyName(one[1:], two[1:], _forms().get(("", two[0]), two[0]))
    if words and words < len(two):
        return CompanyName(one[: len(one) - words], two[: len(two) - words], form)
    return CompanyName(one, two, "")


def fingerprint_of_name(name: str, country: str = "") -> str:
    """Sorted tokens, a slash, the legal form: `mueller soehne/gmbh`.

    ü becomes ue where the country, or the legal form, is one that writes it so; else u.
    """
    found = company_name(name, country)
    countries = {country} if country else _countries_of(found.legal_form)
    two = bool(countries & _TWO_LETTER_COUNTRIES)
    tokens = found.two_letters if two else found.one_letter
    if not tokens:
        raise Refused(WANTED, name, "it has no letter or digit")
    return f"{' '.join(sorted(tokens))}/{found.legal_form}"


def name_fingerprint_of(raw: object) -> str:
    """A fingerprint as `fingerprint_of_name` gives it."""
    wanted = "a fingerprint of a company's name"
    text = text_of(wanted, raw, 1_000)
    tokens = text.partition("/")[0].split(" ")
    if not _FINGERPRINT.fullmatch(text) or tokens != sorted(tokens):
        raise Refused(wanted, raw, "sorted words, a slash and a legal form are right")
    return text


def _tokens(text: str) -> tuple[str, ...]:
    plain = re.sub(r"[.'’`´]", "", re.sub(r"(?<=\w)\.(?=\w\w)", " ", plain_letters(text)))
    words = re.findall(r"[^\W_]+", plain)
    return tuple(w for w in words if w not in _CONJUNCTIONS)


def _legal_form(tokens: tuple[str, ...], country: str) -> tuple[str, int]:
    """The canonical legal form at the end of `tokens` and how many tokens it takes."""
    for words in range(min(_LONGEST_FORM, len(tokens)), 0, -1):
        ending = " ".join(tokens[-words:])
        form = _forms().get((country, ending)) or _forms().get(("", ending))
        if form:
            return form, words
    return "", 0


@cache
def _file() -> dict[str, Any]:
    text = files("graph.model.values").joinpath("legal_forms.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _leading() -> frozenset[str]:
    return frozenset(_file()["leading"])


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return {country: forms for country, forms in _file().items() if country != "leading"}


@cache
def _forms() -> dict[tuple[str, str], str]:
    """The canonical form by country and spelling; under no country, the first that has it."""
    found: dict[tuple[str, str], str] = {}
    for country, forms in _table().items():
        for form, spellings in forms.items():
            for spelling in (form, form.replace("-", " "), *spellings):
                ending = " ".join(w for w in spelling.split() if w not in _CONJUNCTIONS)
                found[country, ending] = form
                found.setdefault(("", ending), form)
    return found


@cache
def _countries_of(form: str) -> set[str]:
    return {country for country, forms in _table().items() if form in forms}


NAME_FINGERPRINT = Normaliser("a fingerprint of a company's name", 1, name_fingerprint_of)
