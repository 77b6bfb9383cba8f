"""What the database holds of one entity or relationship, and what it says of a moment.

This is the readable statement of `docs/graph-storage.md`: when a fact holds, which values it
had, how sure it is.
"""

from __future__ import annotations

import abc
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from strawberry.utils.str_converters import to_camel_case

from graph.claims import Said, confidence_of, rebuild
from graph.model import registry
from graph.model.base import Declared
from server.graphql.scalars import write_datetime


@dataclass(frozen=True)
class Span:
    """An interval of observation time; `ended` is None while it holds."""

    start: datetime
    last: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Told:
    """A fact's times and sums as those answers tell them that the caller may read.

    `looks` are the first and last moments at which one looked at the entity.
    """

    spans: tuple[Span, ...]
    looks: tuple[datetime, datetime] | None
    supports: int
    doubt: int
    has_former_values: bool

    @property
    def first_seen(self) -> datetime:
        """When it was first stated or, if it never was, looked at."""
        return self.spans[0].start if self.spans else self._look(0)

    @property
    def last_seen(self) -> datetime:
        """When it was last stated or, if it never was, looked at."""
        return self.spans[-1].last if self.spans else self._look(1)

    def _look(self, which: int) -> datetime:
        if self.looks is None:
            raise LookupError("a fact is read that no readable answer tells of")
        return self.looks[which]


def spans_of(log: Iterable[tuple[str, int, bool]]) -> list[Span]:
    """The intervals in which any claim held a fact, oldest first.

    `log` has the claims' answers: the claim, when in ms, and whether it states the fact.
    """
    said = (Said(claim, at, str(int(states)), states, "", 0) for claim, at, states in log)
    rebuilt = rebuild(said, {})
    if rebuilt is None:
        return []
    state = rebuilt.state
    spans = [Span(_moment(start), _moment(last), _moment(end)) for start, last, end in state.past]
    if state.holds_since is not None:
        spans.append(Span(_moment(state.holds_since), _moment(state.last_seen), None))
    return spans


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True)
class Fact(abc.ABC):
    """An entity or relationship by its stored properties, with the former states of its values.

    `told` is there where the caller may not read all that was ever said of it, and stands for its times and sums.
    """

    properties: Mapping[str, Any]
    versions: tuple[Mapping[str, Any], ...] = field(default=())
    told: Told | None = None

    @property
    def id(self) -> str:
        """The id."""
        return cast(str, self.properties["id"])

    @property
    def holds_since(self) -> datetime | None:
        """The start of the interval that holds now."""
        return cast("datetime | None", self.properties.get("holds_since"))

    @property
    def first_seen(self) -> datetime:
        """When it was first observed."""
        if self.told:
            return self.told.first_seen
        return cast(datetime, self.properties["first_seen"])

    def last_seen(self, at: datetime | None) -> datetime:
        """When it was last confirmed, or only looked at, by the moment `at` (None: now)."""
        spans = self.seen(at)
        if spans:
            return spans[-1].last
        if self.told:
            return self.told.last_seen
        return cast(datetime, self.properties["last_seen"])

    def changed_at(self, at: datetime | None) -> datetime | None:
        """When its values last changed; None while they are the first, or if that was after `at`."""
        changed = cast("datetime | None", self.properties.get("changed_at"))
        if self.told and not self.told.has_former_values:
            return None
        return None if changed and at and changed > at else changed

    def seen(self, at: datetime | None) -> list[Span]:
        """The intervals begun by the moment `at` (None: now), as they looked then, oldest first."""
        spans = list(self.told.spans) if self.told else [*self._past(), *self._present()]
        if at is None:
            return spans
        return [
            Span(s.start, min(s.last, at), s.ended if s.ended and s.ended <= at else None)
            for s in spans
            if s.start <= at
        ]

    def _past(self) -> list[Span]:
        flat = cast(list[datetime], self.properties.get("past") or [])
        return [Span(flat[i], flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)]

    def _present(self) -> list[Span]:
        since = self.holds_since
        return [] if since is None else [Span(since, self.properties["last_seen"], None)]

    @property
    def confidence(self) -> float:
        """How sure it is, 0 to 1."""
        return confidence_of(self.doubt)

    @property
    def supports(self) -> int:
        """How many claims support it now."""
        if self.told:
            return self.told.supports
        return cast(int, self.properties.get("supports") or 0)

    @property
    def tags(self) -> list[str]:
        """The labels analysts gave it."""
        return list(self.properties.get("tags") or [])

    @property
    def marking(self) -> str | None:
        """Who may see it."""
        return cast("str | None", self.properties.get("tlp"))

    @property
    def strictest(self) -> str:
        """The strictest marking of all that was ever said of it; empty for the open one."""
        return cast(str, self.properties.get("strictest") or "")

    @property
    def is_unchanged(self) -> bool:
        """Whether its values are the first ones."""
        return self.properties.get("changed_at") is None

    @property
    def strictest_values(self) -> str:
        """The strictest marking of all that ever gave values of it; empty for the open one."""
        return cast(str, self.properties.get("strictest_values") or "")

    def was_known(self, at: datetime | None) -> bool:
        """Whether it had been observed by the moment `at` (None: now)."""
        return at is None or self.first_seen <= at

    @property
    def doubt(self) -> int:
        """What confidence is kept as: an integer that sums exactly."""
        return self.told.doubt if self.told else int(self.properties.get("doubt") or 0)

    def holds(self, at: datetime | None) -> bool:
        """Whether a claim supported it at the moment `at` (None: now)."""
        if at is None:
            return self.holds_since is not None
        return any(s.start <= at and (s.ended is None or at < s.ended) for s in self.seen(None))

    def value(self, name: str, at: datetime | None) -> Any:
        """The value of property `name` at the moment `at` (None: now); None when it was not known."""
        changed = self.properties.get("changed_at")
        is_present = at is None or changed is None or changed <= at
        if at and self.told and not self.told.has_former_values and self.has_history(name):
            return None
        if is_present or not self.has_history(name):
            return self.properties.get(name)
        for version in self.versions:
            if version["from"] <= at < version["until"]:
                return version.get(name)
        return None

    def has_history(self, name: str) -> bool:
        """Whether property `name` may have had other values; keys and what follows never have."""
        declared = self.model.properties()[name]
        return not (declared.is_key or declared.is_derived or declared.is_qualifier)

    @property
    @abc.abstractmethod
    def model(self) -> type[Declared]:
        """The declaration of its kind or relationship type."""


@dataclass(frozen=True)
class EntityRecord(Fact):
    """An entity as stored."""

    labels: tuple[str, ...] = ()

    @property
    def model(self) -> type[Declared]:
        """The kind's declaration."""
        return registry.kinds()[self.kind]

    @property
    def kind(self) -> str:
        """The kind's name: the one label that is a kind."""
        return next(label for label in self.labels if label in registry.kinds())

    @property
    def roles(self) -> list[str]:
        """The labels beyond Entity and the kind."""
        return [label for label in self.labels if label not in ("Entity", self.kind)]

    @property
    def key(self) -> str:
        """The canonical key."""
        return cast(str, self.properties["key"])

    @property
    def caption(self) -> str:
        """The name a person reads."""
        return cast(str, self.properties["caption"])


@dataclass(frozen=True)
class LinkRecord(Fact):
    """A relationship as stored, with the ids of its ends."""

    type: str = ""
    source_id: str = ""
    target_id: str = ""

    @property
    def model(self) -> builtins.type[Declared]:
        """The relationship type's declaration."""
        return registry.relationship_types()[self.type]

    def shown_properties(self, at: datetime | None) -> dict[str, object]:
        """The relationship's own declared properties that are known at `at`, times as text."""
        found = {name: self.value(name, at) for name in self.model.properties()}
        return {
            to_camel_case(name): write_datetime(value) if isinstance(value, datetime) else value
            for name, value in found.items()
            if value not in (None, "", [])
        }
