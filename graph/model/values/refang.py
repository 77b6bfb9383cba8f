"""Undoing what people do to hostile addresses so that nobody clicks them (`hxxps://evil[.]example`).

For text that people wrote, and for files of such text: a protocol's values are never changed.
"""

from __future__ import annotations

import re

_COLON = re.compile(r"\[:\]|\[:(?=//)|(?<=[A-Za-z])\[(?=://)")
_SLASHES = re.compile(r"(?<=:)\[?/\]?\[?/\]?")
_SCHEME = re.compile(r"\b(?:h[x*t]{2}|(f)[x*])p(s?)(?=://)", re.IGNORECASE)
_BRACKETED_DOT = re.compile(r"\s*[\[({]\s*(?:\.|dot)\s*[\])}]\s*|\\\.", re.IGNORECASE)
_HALF_BRACKET = re.compile(r"(?<=\w)(?:\[\.|\.\])(?=\w)")
_SPELLED_DOTS = re.compile(r"\S+(?:\s+dot\s+\S+)+", re.IGNORECASE)
_BRACKETED_AT = re.compile(r"\s*[\[({]\s*(?:@|at)\s*[\])}]\s*", re.IGNORECASE)


def refang(text: str) -> str:
    """`text` with hxxp, [.], (dot), [at], [:] and the like written as what they stand for."""
    text = _SLASHES.sub("//", _COLON.sub(":", text))
    text = _SCHEME.sub(lambda m: ("ft" if m[1] else "htt") + f"p{m[2]}".lower(), text)
    text = _HALF_BRACKET.sub(".", _BRACKETED_DOT.sub(".", text))
    if _SPELLED_DOTS.fullmatch(text.strip()):  # in prose, the word stays a word
        text = re.sub(r"\s+dot\s+", ".", text, flags=re.IGNORECASE)
    return _BRACKETED_AT.sub("@", text)
