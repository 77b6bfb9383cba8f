"""Identifiers that registries give out, with their check digits; countries; numbers of registers.

A right check digit says that a number is well formed, not that it was ever given out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.slug import slug_of
from graph.model.values.text import KEY_SEPARATOR, text_of

_JURISDICTION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")


def identifier_of(scheme: object, raw: object) -> str:
    """The canonical value of an identifier; schemes with check digits are checked."""
    name = slug_of(scheme, "a scheme of identifiers")
    wanted = f"an identifier of scheme {name}"
    text = re.sub(r"[\s.-]+", "", text_of(wanted, raw, 100)).upper()
    text = text_of(wanted, text)
    check = _SCHEMES.get(name)
    if check is None:
        if KEY_SEPARATOR in text or not re.search(r"\w", text):
            raise Refused(wanted, raw, "letters and digits are right")
        return text
    pattern, is_right, reason = check
    if not re.fullmatch(pattern, text) or not is_right(text):
        raise Refused(wanted, raw, reason)
    return f"IMO{text.removeprefix('IMO')}" if name == "imo" else text


def is_lei(text: str) -> bool:
    """Whether the check digits of an LEI (ISO 17442) are right."""
    return _mod97(text) == 1


def is_iban(text: str) -> bool:
    """Whether the check digits of an IBAN (ISO 13616) are right."""
    return _mod97(text[4:] + text[:4]) == 1


def is_isin(text: str) -> bool:
    """Whether the check digit of an ISIN (ISO 6166) is right."""
    return _luhn("".join(str(int(c, 36)) for c in text))


def is_imo(text: str) -> bool:
    """Whether the check digit of a ship's IMO number is right."""
    digits = text.removeprefix("IMO")
    return sum(int(d) * w for d, w in zip(digits[:6], range(7, 1, -1), strict=True)) % 10 == int(
        digits[6]
    )


def jurisdiction_of(raw: object) -> str:
    """A country (ISO 3166-1) or a part of one (ISO 3166-2) that keeps a register, in upper case."""
    wanted = "a country or region"
    text = text_of(wanted, raw, 10).upper().replace("_", "-")
    if not _JURISDICTION.fullmatch(text):
        raise Refused(wanted, raw, "a code of ISO 3166 is right, as in GB or US-DE")
    return "GB" if text == "UK" else text


def country_of(raw: object) -> str:
    """A country's code of ISO 3166-1, in upper case."""
    text = jurisdiction_of(raw)
    if len(text) != 2:
        raise Refused("a country", raw, "a code of two letters (ISO 3166-1) is right, as in GB")
    return text


def register_number_of(raw: object) -> str:
    """A number in a register: upper case, without separators and leading zeros."""
    wanted = "a registration number"
    text = re.sub(r"[\s./_-]+", "", text_of(wanted, raw, 100)).upper()
    if not text.isascii() or not text.isalnum():
        raise Refused(wanted, raw, "letters and digits are right")
    stripped = text.lstrip("0")
    if not stripped:
        raise Refused(wanted, raw, "it is zero")
    return stripped


def wikidata_of(raw: object) -> str:
    """An item's id in Wikidata."""
    text = text_of("a Wikidata item", raw, 100).rpartition("/")[2].upper()
    if not re.fullmatch(r"Q[1-9][0-9]{0,11}", text):
        raise Refused("a Wikidata item", raw, "its form is Q42")
    return text


def _mod97(text: str) -> int:
    return int("".join(str(int(c, 36)) for c in text)) % 97


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _vat_is_right(text: str) -> bool:
    """Check digits for the countries whose rule is short; the others are held to their length."""
    country, number = text[:2], text[2:]
    if country == "DE":
        return bool(re.fullmatch(r"[1-9][0-9]{8}", number)) and _mod11_10(number)
    if country == "BE":
        return bool(re.fullmatch(r"[01][0-9]{9}", number)) and (
            97 - int(number[:8]) % 97 == int(number[8:])
        )
    if country == "LU":
        return bool(re.fullmatch(r"[0-9]{8}", number)) and int(number[:6]) % 89 == int(number[6:])
    if country == "IT":
        return bool(re.fullmatch(r"[0-9]{11}", number)) and _luhn(number)
    return True


def _mod11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def _is_anything(_: str) -> bool:
    return True


_Check = tuple[str, Callable[[str], bool], str]
_SCHEMES: Mapping[str, _Check] = {
    "lei": (r"[0-9A-Z]{18}[0-9]{2}", is_lei, "20 characters with right check digits are right"),
    "iban": (
        r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}",
        is_iban,
        "a country, check digits and an account number are right, with check digits that hold",
    ),
    "isin": (r"[A-Z]{2}[0-9A-Z]{9}[0-9]", is_isin, "12 characters with a right check digit are"),
    "imo": (r"(?:IMO)?[0-9]{7}", is_imo, "7 digits of which the last checks the others are right"),
    "bic": (
        r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        _is_anything,
        "8 or 11 letters and digits are right, the fifth and sixth a country",
    ),
    "vat": (
        r"[A-Z]{2}[0-9A-Z+*]{2,13}",
        _vat_is_right,
        "a country's code and a number with a right check digit are right",
    ),
    "duns": (r"[0-9]{9}", _is_anything, "9 digits are right"),
}

JURISDICTION = Normaliser("a country or region", 1, jurisdiction_of)
COUNTRY = Normaliser("a country", 1, country_of)
REGISTER_NUMBER = Normaliser("a registration number", 1, register_number_of)
WIKIDATA = Normaliser("a Wikidata item", 1, wikidata_of)
LEI = Normaliser("an LEI", 1, lambda raw: identifier_of("lei", raw))
IBAN = Normaliser("an IBAN", 1, lambda raw: identifier_of("iban", raw))
