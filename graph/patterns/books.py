"""Which patterns an organization keeps, read anew each time; only texts that were read are known again."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from graph.correlate import rules
from graph.correlate.rules import Rule
from graph.errors import InvalidRule
from graph.model.base import name_id
from graph.queries import pattern as queries
from graph.store import Store

FILE = "pattern"  # what messages call the text of one: they name lines of it as it was given
TEXTS_KNOWN = 512


@dataclass(frozen=True)
class Kept:
    """A pattern as it is kept. `asks` is what it asks; None where its text cannot be read any more, for `broken`."""

    id: str
    name: str
    number: int
    stored: Mapping[str, Any]
    asks: Rule | None
    broken: InvalidRule | None = None

    @property
    def digest(self) -> str:
        """What its answer depends on, as a hash: one that was saved again is another one."""
        return name_id("Pattern", str(self.number), self.asks.digest if self.asks else "broken")

    @property
    def is_deleted(self) -> bool:
        """Whether it was given up, and what it has is still to go."""
        return self.stored.get("deleted_at") is not None

    @property
    def is_told(self) -> bool:
        """Whether channels tell of what enters and leaves."""
        return bool(self.stored.get("is_told"))

    @property
    def has_failed(self) -> bool:
        """Whether it failed as it is now."""
        return self.stored.get("failed_digest") == self.digest

    @property
    def is_whole(self) -> bool:
        """Whether everything was evaluated by it as it is now."""
        return self.stored.get("passed_digest") == self.digest

    @property
    def is_due(self) -> bool:
        """Whether something is to be done about it that no write asks for."""
        return self.is_deleted or not self.is_whole


async def patterns_of(store: Store, org: str, bookmarks: Collection[str] = ()) -> list[Kept]:
    """All of an organization by name, at last those that are being deleted."""
    wanted = queries.LIST_PATTERNS.bind(queries.OrgParams(org=org))
    rows = await store.fetch(wanted, bookmarks=tuple(bookmarks))
    return [kept({**(row.desk or {}), **row.properties}) for row in rows]


def kept(stored: Mapping[str, Any]) -> Kept:
    """A stored pattern with what it asks."""
    asks, broken = None, None
    try:
        asks = read_pattern(stored.get("name", ""), stored["text"])
    except InvalidRule as error:
        broken = error
    return Kept(stored["id"], stored.get("name", ""), stored["number"], stored, asks, broken)


@functools.lru_cache(maxsize=TEXTS_KNOWN)
def read_pattern(name: str, text: str) -> Rule:
    """A pattern from its text. Raises InvalidRule with the line where it breaks a promise."""
    return rules.parse_pattern(name, FILE, text)
