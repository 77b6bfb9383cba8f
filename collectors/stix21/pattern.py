"""The comparisons of a STIX pattern, for knowing which observables an indicator rests on.

It reads the whole grammar as tokens but understands only comparisons: a path, an operator and
literals. It does not match patterns against data, and how observations are combined (FOLLOWEDBY,
WITHIN, REPEATS) does not matter to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graph.errors import Refused

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>[thb]?'(?:[^'\\]|\\.)*')
    | (?P<path>[a-z0-9-]+:(?:[A-Za-z0-9_.-]|'[^']*'|"[^"]*"|\[(?:\*|\d+)\])+)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<operator>=|!=|<>|<=|>=|<|>)
    | (?P<mark>[\[\](),])
    | (?P<word>[A-Za-z]+)
    )""",
    re.VERBOSE,
)
WORD_OPERATORS = ("IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
MAX_CHARS = 100_000


@dataclass(frozen=True)
class Comparison:
    """One comparison: `[file:hashes.'SHA-256' = 'aa…']`."""

    object_type: str
    path: str
    operator: str  # "=", "IN", "MATCHES", …
    values: tuple[str, ...]
    is_negated: bool

    @property
    def names_values(self) -> bool:
        """Whether the comparison holds for exactly its values, so that they are observables."""
        return self.operator in ("=", "==", "IN") and not self.is_negated


@dataclass(frozen=True)
class _Token:
    sort: str
    text: str


def comparisons(pattern: str) -> tuple[Comparison, ...]:
    """Every comparison of `pattern`, in order. Raises Refused for text that is no STIX pattern."""
    if len(pattern) > MAX_CHARS:
        raise Refused("a STIX pattern", pattern, f"longer than {MAX_CHARS:,} characters")
    tokens = list(_tokens(pattern))
    opening = sum(token.text == "[" for token in tokens)
    if not opening or opening != sum(token.text == "]" for token in tokens):
        raise Refused("a STIX pattern", pattern, "observations stand in square brackets, [ and ]")
    found = tuple(_read(pattern, tokens))
    if not found:
        raise Refused("a STIX pattern", pattern, "it compares nothing")
    return found


def _tokens(pattern: str) -> Iterator[_Token]:
    place = 0
    end = len(pattern.rstrip())
    while place < end:
        match = TOKEN.match(pattern, place)
        if match is None or match.lastgroup is None:
            raise Refused(
                "a STIX pattern", pattern, f"cannot be read from character {place + 1} on"
            )
        yield _Token(match.lastgroup, match[match.lastgroup])
        place = match.end()


def _read(pattern: str, tokens: list[_Token]) -> Iterator[Comparison]:
    place = 0
    while place < len(tokens):
        if tokens[place].sort != "path":
            place += 1
            continue
        object_type, _, path = tokens[place].text.partition(":")
        place += 1
        is_negated = _is_word(tokens, place, "NOT")
        place += is_negated
        if place >= len(tokens) or not _is_operator(tokens[place]):
            raise Refused(
                "a STIX pattern", pattern, f"{object_type}:{path} is not compared with anything"
            )
        operator = tokens[place].text.upper()
        values, place = _values(tokens, place + 1)
        if not values:
            raise Refused(
                "a STIX pattern", pattern, f"{object_type}:{path} {operator} has no value"
            )
        if operator in ("!=", "<>"):
            operator, is_negated = "=", not is_negated
        yield Comparison(object_type, path, operator, values, is_negated)


def _is_word(tokens: list[_Token], place: int, word: str) -> bool:
    return place < len(tokens) and tokens[place].sort == "word" and tokens[place].text == word


def _is_operator(token: _Token) -> bool:
    return token.sort == "operator" or token.text in WORD_OPERATORS


def _values(tokens: list[_Token], place: int) -> tuple[tuple[str, ...], int]:
    """The literal at `place`, or those of the set in parentheses there; and the place after."""
    found: list[str] = []
    is_set = place < len(tokens) and tokens[place].text == "("
    place += is_set
    while place < len(tokens) and tokens[place].sort in ("string", "number", "word"):
        found.append(_literal(tokens[place]))
        place += 1
        if not is_set or place >= len(tokens) or tokens[place].text != ",":
            break
        place += 1
    return tuple(found), place + is_set


def _literal(token: _Token) -> str:
    if token.sort != "string":
        return token.text
    return ESCAPE.sub(r"\1", token.text[token.text.index("'") + 1 : -1])
