"""The words of `words.toml`, ready for looking up. Nothing is decided here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_TABLES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text("utf-8")
)


def _meaning(table: str) -> dict[str, str]:
    return {word: name for name, words in _TABLES[table].items() for word in words}


def _any_of(name: str) -> re.Pattern[str]:
    return re.compile("|".join(_TABLES["sentences"][name]), re.IGNORECASE)


FIELDS = _meaning("fields")
HEADINGS = _meaning("headings")
OBJECTS = _meaning("objects")
ROLES = _meaning("roles")
DETAILS = _meaning("details")
ABSENT = _any_of("absent")
REFUSED = _any_of("refused")

CONTACT_SECTIONS = frozenset(
    {"registrant", "admin", "tech", "billing", "reseller", "abuse", "registrar"}
)
NAME_KEYS = frozenset(
    word for word, detail in DETAILS.items() if detail in ("name", "organization")
)
# Sentences that hold a date without a colon.
PHRASES = (
    ("expires", re.compile(r"record expires on[:\s]+(.+)", re.IGNORECASE)),
    ("created", re.compile(r"record created(?: on)?[:\s]+(.+)", re.IGNORECASE)),
    ("updated", re.compile(r"record last updated on[:\s]+(.+)", re.IGNORECASE)),
)
