"""Slugs: the short names by which Mirage tells vendors, platforms, lists and providers apart.

A slug is formed, not looked up: which slugs exist is known to those who use them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import text_of

_CANONICAL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


def slug_of(raw: object, wanted: str = "a slug") -> str:
    """Lower-case ASCII letters and digits, with single hyphens, underscores or dots between."""
    text = text_of(wanted, raw, 200).lower()
    if not _CANONICAL.fullmatch(text):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        text = "-".join(re.findall(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", plain.lower()))
    if not _CANONICAL.fullmatch(text):
        raise Refused(wanted, raw, "letters, digits, hyphens, underscores and dots are right")
    return text


SLUG = Normaliser("a slug", 1, slug_of)
VENDOR = Normaliser("a vendor", 1, partial(slug_of, wanted="a vendor"))
PROVIDER = Normaliser("a provider", 1, partial(slug_of, wanted="a provider"))
PLATFORM = Normaliser("a platform", 1, partial(slug_of, wanted="a platform"))
