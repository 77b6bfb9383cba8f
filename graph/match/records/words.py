"""Words and letter groups of values of any kind: names, titles, addresses, model numbers, prices."""

from __future__ import annotations

import re
from functools import lru_cache

from graph.match.words import latin
from graph.model.values.place import written_out

_WORD = re.compile(r"[a-z0-9]+|[^\W_]+")
_BETWEEN = re.compile(r"[\s/|,;:()\[\]{}\"]+")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # 1,299 is one number
_SILENT = re.compile(r"['’`]|(?<!\d)\.|\.(?!\d)")


@lru_cache(maxsize=262_144)
def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a value in order, abbreviations of addresses in full.

    What letters and digits are joined in by hyphens, as in PS-LX350H, comes in parts and as a whole: one source writes
    it so, another without.
    """
    found: list[str] = []
    for chunk in _BETWEEN.split(_GROUPED.sub("", latin(text))):
        words = _WORD.findall(_SILENT.sub("", chunk))
        found.extend(map(written_out, words))
        if len(words) > 1 and re.search(r"\d", chunk) and re.search(r"[a-z]", chunk):
            found.append("".join(words))
    return tuple(found)


def letter_groups(text: str) -> list[str]:
    """The groups of three letters of the words of `text`, spaces between words counting as letters."""
    plain = " " + " ".join(_WORD.findall(latin(text))) + " "
    return [plain[at : at + 3] for at in range(len(plain) - 2)]
