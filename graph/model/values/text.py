"""Plain text and moments: what other normalisers begin with, and what is never matched.

Nothing is translated or corrected here; text only becomes storable and comparable.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import Field

from graph.errors import Refused
from graph.model.values.normaliser import Normaliser

KEY_SEPARATOR = "¦"
_MARKED = re.compile(r"([a-z\u0370-\u03ff])[\u0300-\u036f]+")
_UNSTORABLE = {
    "Cc",
    "Cs",
    "Zl",
    "Zp",
}  # control characters, lone surrogates, line and paragraph ends
_LONGEST_KEY_TEXT = 500
_LONGEST_LINE = 2_000
_LONGEST_TEXT = 20_000


def text_of(wanted: str, raw: object, longest: int = _LONGEST_KEY_TEXT) -> str:
    """`raw` trimmed, in Unicode form C. Refuses what is not text, empty, long or unprintable."""
    if not isinstance(raw, str):
        raise Refused(wanted, raw, f"it is {_kind_of(raw)}, not text")
    if raw.isascii() and raw.isprintable():
        text = raw.strip()
    else:
        text = unicodedata.normalize("NFC", raw).strip()
        for char in text:
            if unicodedata.category(char) in _UNSTORABLE:
                raise Refused(
                    wanted, raw, f"it contains the unprintable character U+{ord(char):04X}"
                )
    if not text:
        raise Refused(wanted, raw, "it is empty")
    if len(text) > longest:
        raise Refused(wanted, raw, f"it has {len(text)} characters; at most {longest} are allowed")
    return text


def fold_case(text: str) -> str:
    """`text` without differences of case, in Unicode form C; folding again changes nothing."""
    folded = unicodedata.normalize("NFC", text.casefold())
    while folded != text:
        text, folded = folded, unicodedata.normalize("NFC", folded.casefold())
    return text


def plain_letters(text: str) -> str:
    """`text` in compatibility form without case, and without the marks on Latin and Greek letters.

    Marks of other scripts stay, since there they make another letter.
    """
    decomposed = unicodedata.normalize("NFKD", fold_case(unicodedata.normalize("NFKC", text)))
    return fold_case(unicodedata.normalize("NFC", _MARKED.sub(r"\1", decomposed)))


def integer_of(wanted: str, raw: object) -> int:
    """`raw` as an integer: an int, or ASCII digits. Refuses booleans, signs and fractions."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    text = text_of(wanted, raw, 40)
    if not (text.isascii() and text.isdigit()):
        raise Refused(wanted, raw, "only digits are allowed")
    return int(text)


def _kind_of(raw: object) -> str:
    return "nothing" if raw is None else f"a value of type {type(raw).__name__}"


def _key_text(raw: object) -> str:
    text = text_of("a part of a key", raw)
    if KEY_SEPARATOR in text:
        raise Refused("a part of a key", raw, f"the character {KEY_SEPARATOR} separates the parts")
    return text


def _storable(wanted: str, raw: object) -> str:
    if not isinstance(raw, str):
        raise Refused(wanted, raw, f"it is {_kind_of(raw)}, not text")
    if raw.isascii() and raw.isprintable():
        return raw
    kept = (c for c in raw if c in "\n\r\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", "".join(kept))


def _line(raw: object) -> str:
    return " ".join(_storable("a line of text", raw).split())[:_LONGEST_LINE].rstrip()


def _text(raw: object) -> str:
    text = _storable("text", raw).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()[:_LONGEST_TEXT].rstrip()


def _moment(raw: object) -> datetime:
    wanted = "a moment"
    if isinstance(raw, datetime):
        found = raw
    elif isinstance(raw, date):
        found = datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    else:
        text = text_of(wanted, raw, 40)
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refused(wanted, raw, "ISO 8601 is right, as in 2026-01-31T12:00:00Z") from error
        if len(text) == len("2026-01-31"):
            found = found.replace(tzinfo=UTC)
    if found.tzinfo is None:
        raise Refused(wanted, raw, "it has no time zone; UTC is right")
    try:
        found = found.astimezone(UTC)
    except OverflowError as error:
        raise Refused(wanted, raw, "it lies outside the years 1 to 9999") from error
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


KEY_TEXT = Normaliser("a part of a key", 1, _key_text)
LINE = Normaliser("a line of text", 1, _line)
TEXT = Normaliser("text", 1, _text)
MOMENT = Normaliser("a moment", 1, _moment)

Key = Annotated[str, KEY_TEXT]
"""Text that is part of a key and has no stricter normaliser: trimmed, printable, without ¦."""
Line = Annotated[str, LINE]
"""A line for people: white space collapsed, controls dropped, cut at 2,000 characters."""
Text = Annotated[str, TEXT]
"""Text for people that may have lines: control characters dropped, cut at 20,000 characters."""
Moment = Annotated[datetime, MOMENT]
"""A moment in UTC, to the millisecond. A plain date is its midnight; no zone is refused."""
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A number of things that the database can hold."""
