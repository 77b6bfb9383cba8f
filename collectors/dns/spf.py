"""SPF records (RFC 7208): their terms, and the walk through what they include.

Pure. A walk is a value: it says which record to read next, and takes its text. What `a`, `mx`,
`ptr` and `exists` lead to is not looked up; they count as the questions they cost.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from collectors._kit.lenient import accepted
from graph.model.values.domain import DOMAIN_NAME

QUALIFIERS = {"+": "pass", "?": "neutral", "~": "softfail", "-": "fail"}
MOST_LOOKUPS = 10
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})


@dataclass(frozen=True)
class Term:
    """One mechanism or modifier: its word, its qualifier's meaning and its value."""

    word: str
    qualifier: str
    value: str


def is_spf(text: str) -> bool:
    """Whether a text record is an SPF record."""
    return text.lower().split(" ", 1)[0] == "v=spf1"


def terms_of(text: str) -> Iterator[Term]:
    """The terms of an SPF record, in order."""
    for part in text.split()[1:]:
        qualifier = QUALIFIERS.get(part[0], "pass")
        bare = part[1:] if part[0] in QUALIFIERS else part
        ends = [bare.find(mark) for mark in ":=/" if mark in bare]
        word = bare[: min(ends)] if ends else bare
        value = bare[len(word) :].lstrip(":=")
        yield Term(word.lower(), qualifier, value)


@dataclass(frozen=True)
class Walk:
    """Where a walk through an SPF tree stands.

    `text` is the record it began with, `waiting` are names whose records are still to be read,
    `seen` those that were, `blocks` the IPv4 blocks that may send, `lookups` the questions counted.
    """

    text: str
    waiting: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    lookups: int = 0
    is_open: bool = field(default=False)  # somewhere, anybody may send

    def reading(self, text: str) -> Walk:
        """The walk after reading the record `text`."""
        after = self
        for term in terms_of(text):
            after = after._taking(term)
        return after

    def _taking(self, term: Term) -> Walk:
        after = replace(self, lookups=self.lookups + (term.word in _ASKING))
        if term.word in ("include", "redirect") and is_plain_name(term.value):
            return replace(after, waiting=(*after.waiting, term.value.lower().rstrip(".")))
        block = block_of(term.value) if term.word == "ip4" and term.qualifier == "pass" else ""
        if (
            block and ":" not in block
        ):  # some put an address of version 6 there, which matches nobody
            return replace(after, blocks=(*after.blocks, block))
        if term.word == "all" and term.qualifier == "pass":
            return replace(after, is_open=True)
        return after

    def next_name(self) -> tuple[str, Walk]:
        """The next name to read and the walk without it; an empty name at the end.

        Names are read once, and not beyond the number of questions that a receiver asks.
        """
        waiting = list(self.waiting)
        while waiting and len(self.seen) < MOST_LOOKUPS:
            name = waiting.pop(0)
            if name not in self.seen:
                return name, replace(self, waiting=tuple(waiting), seen=(*self.seen, name))
        return "", replace(self, waiting=())

    def address_count(self) -> float:
        """How many IPv4 addresses may send."""
        if self.is_open:
            return float(2**32)
        merged = ipaddress.collapse_addresses(ipaddress.IPv4Network(b) for b in self.blocks)
        return float(sum(block.num_addresses for block in merged))

    def to_note(self) -> str:
        """This walk as a request's note."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_note(cls, note: str) -> Self:
        """The walk that `to_note` wrote."""
        raw: dict[str, Any] = json.loads(note)
        for name, value in raw.items():
            raw[name] = tuple(value) if isinstance(value, list) else value
        return cls(**raw)


def block_of(value: str) -> str:
    """The block of an `ip4` or `ip6` term; empty where it is none."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return ""


def is_plain_name(value: str) -> bool:
    """Whether a term's value is a name as it stands, without macros and mistakes."""
    name = value.partition("/")[0]
    return "%" not in name and "." in name.strip(".") and accepted(DOMAIN_NAME, name) is not None
