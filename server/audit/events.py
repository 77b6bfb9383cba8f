"""What a row of the audit holds, and how rows hang together.

A row's hash is the SHA-256 of all its other fields as canonical JSON, the former row's hash among them. Pure.
"""

from __future__ import annotations

import enum
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from graph.model.base import name_id

PLATFORM = ""
"""The chain of what is done to the platform itself, by operators and by those that no organization knows yet."""

OK = "OK"
UNKNOWN = "UNKNOWN"
INTERNAL = "INTERNAL"

LONGEST = 500
LONGEST_DETAILS = 8_000


class Phase(enum.StrEnum):
    """Where a row stands: before an act, or after it. What only happened has a row after it."""

    BEFORE = "BEFORE"
    AFTER = "AFTER"


@dataclass(frozen=True)
class Actor:
    """Who acts: a user by a credential from an address, in an organization; in one request.

    Ids, not names: a row outlives what its people are called. `org` is empty for the platform's own chain.
    """

    org: str = PLATFORM
    user: str = ""
    credential: str = ""
    address: str = ""
    correlation_id: str = ""


OPERATOR = Actor(user="operator", credential="command")
"""Whoever gives commands on the machine itself."""

SYSTEM = Actor(user="system")
"""Mirage itself, by the clock."""


@dataclass(frozen=True)
class Event:
    """A row to be written. `details` hold no secrets: whoever makes one leaves them out.

    `outcome` is OK, an error's code, or UNKNOWN; empty before the act. The same `id` is written once. `closes` is the
    id of the row before the act, for a row after one.
    """

    action: str
    actor: Actor
    subject: str = ""
    phase: Phase = Phase.AFTER
    outcome: str = OK
    details: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    closes: str = ""

    def begun(self) -> Event:
        """The row before an act, of which nobody knows the outcome yet."""
        return replace(self, phase=Phase.BEFORE, outcome="")

    def ended(self, outcome: str, subject: str, details: Mapping[str, Any]) -> Event:
        """The row after the act that this one stands before. There is one, whoever writes it."""
        ending = name_id("AuditEvent", self.id, Phase.AFTER)
        return Event(
            self.action, self.actor, subject, Phase.AFTER, outcome, details, ending, self.id
        )


@dataclass(frozen=True)
class Link:
    """A row as it is chained and stored; its fields are the node's properties."""

    id: str
    org: str
    seq: int
    at: datetime
    actor: str
    credential: str
    address: str
    correlation_id: str
    action: str
    subject: str
    phase: str
    outcome: str
    details: str
    previous: str
    hash: str = ""

    @classmethod
    def of(cls, event: Event, seq: int, at: datetime, previous: str) -> Link:
        """The event as the row `seq`, behind the row whose hash is `previous`."""
        actor = event.actor
        made = cls(
            id=event.id,
            org=actor.org,
            seq=seq,
            at=at,
            actor=_text(actor.user),
            credential=_text(actor.credential),
            address=_text(actor.address),
            correlation_id=_text(actor.correlation_id),
            action=_text(event.action),
            subject=_text(event.subject),
            phase=event.phase.value,
            outcome=_text(event.outcome),
            details=_details(event.details),
            previous=previous,
        )
        return made.hashed()

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Link:
        """A row as it stands in the database, true or not: what is missing is empty."""
        given = {one.name: properties.get(one.name, "") for one in fields(cls)}
        moment = given["at"]
        if hasattr(moment, "to_native"):
            moment = moment.to_native()
        is_moment = isinstance(moment, datetime) and moment.tzinfo is not None
        given["at"] = moment.astimezone(UTC) if is_moment else datetime.min.replace(tzinfo=UTC)
        given["seq"] = given["seq"] if isinstance(given["seq"], int) else 0
        return cls(**given)

    def hashed(self) -> Link:
        """The same row with the hash that it should have."""
        return Link(**{**self.stored(), "hash": hashlib.sha256(self.canonical()).hexdigest()})

    def stored(self) -> dict[str, Any]:
        """The row as the node's properties."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def canonical(self) -> bytes:
        """What is hashed: every field but the hash, as JSON with sorted keys and times in UTC with microseconds."""
        held = {**self.stored(), "at": written_moment(self.at)}
        del held["hash"]
        return orjson.dumps(held, option=orjson.OPT_SORT_KEYS)

    def exported(self) -> bytes:
        """The row as a line of an export: what is hashed, and the hash."""
        held = {**self.stored(), "at": written_moment(self.at)}
        return orjson.dumps(held, option=orjson.OPT_SORT_KEYS) + b"\n"


def first_break(links: Iterable[Link], seq: int, previous: str) -> str:
    """What is wrong with the first row that does not follow the row `seq` of hash `previous`; empty if none is."""
    for link in links:
        if link.seq != seq + 1:
            return f"row {seq + 1} is missing: row {link.seq} stands in its place"
        if link.previous != previous:
            return f"row {link.seq} does not follow the row before it"
        if link.hashed().hash != link.hash:
            return f"row {link.seq} was changed"
        seq, previous = link.seq, link.hash
    return ""


def written_moment(moment: datetime) -> str:
    """A moment as rows hash it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: str) -> str:
    """A text that the database can hold, of a bounded length: callers choose some of them."""
    return value.encode("utf-8", "replace").decode()[:LONGEST]


def _details(details: Mapping[str, Any]) -> str:
    try:
        text = orjson.dumps(details, option=orjson.OPT_SORT_KEYS, default=str).decode()
    except (
        TypeError
    ):  # lone surrogates, numbers beyond 64 bits: a caller's, and no reason not to act
        return '{"left_out":"unreadable"}'
    return text if len(text) <= LONGEST_DETAILS else '{"left_out":"too long"}'
