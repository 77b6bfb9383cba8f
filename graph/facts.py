"""What a collector's answer is, before it is written: facts about one entity, with when, by whom and how sure.

Pure values. Closing an answer (adding the ends of relationships and what keys imply) happens here, so that the write
path, the tests' model and the export agree on what an answer contains.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from graph.errors import InvalidFact
from graph.model.base import Entity, Fact, Relationship, name_id

F = TypeVar("F", Entity, Relationship)

# With whom an answer may be shared (TLP 2.0), the most open first; empty where its source does not say.
MARKINGS = ("", "CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED")


def strictest_of(markings: Iterable[str]) -> str:
    """The most restrictive of some markings; empty where all are open."""
    return max(markings, key=MARKINGS.index, default="")


class Outcome(enum.StrEnum):
    """How looking at an entity ended. FOUND and ABSENT are answers and replace the claim; the others change nothing."""

    FOUND = "FOUND"
    ABSENT = "ABSENT"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"

    @property
    def is_answer(self) -> bool:
        """Whether this outcome says something about the world."""
        return self in (Outcome.FOUND, Outcome.ABSENT)


@dataclass(frozen=True)
class Evidence:
    """A raw answer in the evidence store, by content."""

    sha256: str
    media_type: str
    size_bytes: int
    source_url: str = ""

    @classmethod
    def of(cls, body: bytes, media_type: str, source_url: str = "") -> Evidence:
        """Describe `body`; storing it is the evidence store's work."""
        return cls(hashlib.sha256(body).hexdigest(), media_type, len(body), source_url)


@dataclass(frozen=True)
class Answer:
    """What one collector answered about one entity at one moment: written whole or not at all.

    `part` names a piece of an answer that succeeds or fails by itself (a record type of
    dns.records) or that is too large for one transaction (rows of an imported file); each part is a
    claim of its own. `reliability` (0 < r < 1) is how far the collector is to be believed. `nonce`
    tells apart two answers of one run about the same entity and part (a repeat of what failed);
    elsewhere it is empty, and delivering the same answer twice writes it once. `tlp` is one of MARKINGS.
    """

    about: Entity
    collector: str
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    facts: tuple[Fact, ...] = ()
    reliability: float = 0.8
    collector_version: int = 1
    run: str = ""
    reason: str = ""
    part: str = ""
    nonce: str = ""
    evidence: tuple[Evidence, ...] = ()
    tlp: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.reliability < 1:
            raise InvalidFact(
                f"{self.collector}: reliability {self.reliability} is not between 0 and 1, both excluded"
            )
        for name in ("started_at", "ended_at"):
            if getattr(self, name).tzinfo is None:
                raise InvalidFact(f"{self.collector}: {name} has no time zone; UTC is right")
        if self.tlp not in MARKINGS:
            raise InvalidFact(
                f"{self.collector}: {self.tlp!r} is none of the markings {MARKINGS[1:]}"
            )
        if self.facts and self.outcome is not Outcome.FOUND:
            raise InvalidFact(
                f"{self.collector}: an answer with facts has outcome FOUND, not {self.outcome}"
            )

    def claim_id(self, org: str) -> str:
        """The id of the claim this answer replaces."""
        return self.ids_in(org)[1]

    def observation_id(self, org: str) -> str:
        """The id of this answer's observation: one per run, claim and nonce; without a run, one per moment."""
        return self.ids_in(org)[2]

    def ids_in(self, org: str) -> tuple[str, str, str]:
        """The ids of the entity it is about, of its claim and of its observation."""
        about = self.about.id_in(org)
        claim = name_id(org, "Claim", self.collector, about, self.part)
        moment = self.run or self.ended_at.isoformat(timespec="milliseconds")
        return about, claim, name_id(org, "Observation", claim, moment, self.nonce)


@dataclass
class Content:
    """The closed set of facts of an answer: each entity and relationship once, ends and implications included."""

    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)
    relationships: dict[tuple[tuple[str, str], str, tuple[str, str], str], Relationship] = field(
        default_factory=dict
    )

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Content:
        """Close `facts`."""
        content = cls()
        waiting = list(facts)
        while waiting:
            fact = waiting.pop()
            waiting.extend(
                content._add_entity(fact)
                if isinstance(fact, Entity)
                else content._add_relationship(fact)
            )
        return content

    def _add_entity(self, entity: Entity) -> Iterable[Fact]:
        where = (entity.label, entity.key)
        known = self.entities.get(where)
        if known is None:
            self.entities[where] = entity
            return entity.implies()
        self.entities[where] = joined(known, entity)
        return ()

    def _add_relationship(self, fact: Relationship) -> Iterable[Fact]:
        start, end = fact.source, fact.target
        where = ((start.label, start.key), type(fact).type, (end.label, end.key), fact.qualifiers())
        known = self.relationships.get(where)
        self.relationships[where] = fact if known is None else joined(known, fact)
        return (start, end) if known is None else ()


@cache
def _stated_fields(kind: type[Fact]) -> tuple[tuple[str, bool, bool], ...]:
    """The properties that claims state: name, whether it is a list, whether lists unite."""
    return tuple(
        (p.name, p.is_list, p.merge == "union")
        for p in kind.properties().values()
        if not (p.is_key or p.is_derived or p.is_qualifier)
    )


@cache
def _fixed_fields(kind: type[Fact]) -> tuple[tuple[str, bool], ...]:
    """The properties that belong to the identity: name, whether it is a list."""
    return tuple(
        (p.name, p.is_list)
        for p in kind.properties().values()
        if p.is_key or p.is_derived or p.is_qualifier
    )


def values_of(fact: Fact) -> dict[str, object]:
    """The property values that a fact states beyond its identity, in plain JSON-able types.

    Left out: the key, what is derived from it, qualifiers, and what the fact leaves open (None, empty).
    Lists that merge by union are sorted.
    """
    stated: dict[str, object] = {}
    given = vars(fact)
    for name, is_list, unites in _stated_fields(type(fact)):
        value = given[name]
        if _is_open(value):
            continue
        if is_list:
            items = [plain(item) for item in value]
            stated[name] = sorted(set(items)) if unites else items
        else:
            stated[name] = plain(value)
    return stated


def fixed_of(fact: Fact) -> dict[str, object]:
    """The values that belong to a fact's identity: key, derived properties and qualifiers."""
    given = vars(fact)
    return {
        name: list(value) if is_list else plain(value)
        for name, is_list in _fixed_fields(type(fact))
        if not _is_open(value := given[name])
    }


def plain(value: object) -> Any:
    """A value as JSON has it: moments become RFC 3339 text in UTC with milliseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def joined(first: F, second: F) -> F:
    """Two statements of one answer about the same fact, as one.

    Stated beats open, lists that merge by union unite, and where both state a value the greater in
    a fixed order stays, so that the order of yielding does not matter.
    """
    if vars(first) == vars(second):
        return first
    update: dict[str, object] = {}
    for name, declared in type(first).properties().items():
        mine: Any = getattr(first, name)
        other: Any = getattr(second, name)
        if mine == other or declared.is_key or declared.is_qualifier:
            continue
        if declared.merge == "union":
            update[name] = tuple(sorted({*mine, *other}))
        elif _is_open(mine) or (not _is_open(other) and _order(other) > _order(mine)):
            update[name] = other
    return first.model_copy(update=update) if update else first


def _is_open(value: object) -> bool:
    return value is None or value in ("", ())


def _order(value: object) -> tuple[str, str]:
    return type(value).__name__, repr(value)
