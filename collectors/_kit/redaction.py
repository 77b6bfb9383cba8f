"""Keeping secrets out of what is stored and shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_SHORTEST = 4  # shorter "secrets" would blank out ordinary words
_MASK = "[redacted]"


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, as they are or as a URL spells them. Longest first."""
    spellings = {
        spelled
        for secret in secrets
        if len(secret) >= _SHORTEST
        for spelled in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    for spelled in sorted(spellings, key=lambda s: (-len(s), s)):
        text = text.replace(spelled, _MASK)
    return text
