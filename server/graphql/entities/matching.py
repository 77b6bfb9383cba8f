"""Whether an entity or relationship meets a filter: `docs/graphql-api.md` on Where, as Python."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from server.graphql.declare import Given
from server.graphql.entities.record import EntityRecord, Fact

Related = Callable[[EntityRecord, str, Given], Awaitable[bool]]
"""Whether an entity is related, by the relationship field of this name, to one that meets the
filter."""

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "starts_with": lambda value, wanted: value.startswith(wanted),
    "ends_with": lambda value, wanted: value.endswith(wanted),
    "contains": lambda value, wanted: wanted in value,
    "has": lambda value, wanted: wanted in value,
    "has_any": lambda value, wanted: any(item in value for item in wanted),
}


async def matches(fact: Fact, at: datetime | None, where: Given | None, related: Related) -> bool:
    """Whether `fact`, as it was at `at`, meets `where`; no filter is met by everything."""
    for name, given in (where.given if where else {}).items():
        if given is not None and not await _meets(fact, at, name, given, related):
            return False
    return True


async def _meets(fact: Fact, at: datetime | None, name: str, given: Any, related: Related) -> bool:
    if name == "and":
        return all([await matches(fact, at, part, related) for part in given])
    if name == "or":
        return any([await matches(fact, at, part, related) for part in given])
    if name == "not":
        return not await matches(fact, at, given, related)
    if name == "has" and isinstance(fact, EntityRecord):
        parts = [(field, part) for field, part in given.given.items() if part is not None]
        return all([await related(fact, field, part) for field, part in parts])
    return _compares(_value(fact, name, at), given)


def _compares(value: Any, conditions: Given) -> bool:
    is_absent = value is None or value == []
    for word, wanted in conditions.given.items():
        if wanted is None:
            continue
        if word in ("is_null", "is_empty"):
            if is_absent is not wanted:
                return False
        elif is_absent or not _COMPARE[word](value, wanted):
            return False
    return True


def _value(fact: Fact, name: str, at: datetime | None) -> Any:
    """The value a condition is about: something all facts have, or a declared property."""
    if name == "first_seen":
        return fact.first_seen
    if name == "last_seen":
        return fact.last_seen(at)
    if name in ("confidence", "tags"):
        return getattr(fact, name)
    if isinstance(fact, EntityRecord) and name in ("kind", "key", "caption"):
        return getattr(fact, name)
    return fact.value(name, at)
