"""Asks rules what they find of some subjects. Writes nothing, and holds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.correlate.books import Rulebook, is_own
from graph.correlate.findings import Finding, read_rows, specific
from graph.correlate.reading import collected, rows_of
from graph.correlate.rules import Rule
from graph.errors import LimitExceeded
from graph.queries.risk import FIND_COMMON, CommonParams
from graph.store import Limits, Store
from graph.translating import persons_own

READ_LIMITS = Limits(timeout_s=60.0)

# What a rule of an organization's own may take for one chunk of subjects.
OWN_LIMITS = Limits(timeout_s=10.0, retry_s=5.0)
MOST_ROWS = 5_000
MOST_EVIDENCE = 1_000  # entities that one finding rests on


@dataclass(frozen=True)
class Asker:
    """Asks in one organization at one moment. `bookmarks` make sure that a write is seen."""

    store: Store
    book: Rulebook
    org: str
    now: datetime
    bookmarks: tuple[str, ...] = ()

    async def ask(self, rule: Rule, subjects: Sequence[str]) -> dict[str, Finding]:
        """What the rule finds of `subjects`, by the findings' ids; what all have in common joins nobody.

        Raises InvalidRule where it breaks its contract, LimitExceeded where one of the organization's own asks for
        too much, InvalidQuestion with the database's words for what is wrong with one.
        """
        return await self._specific(await self._asked(rule, subjects))

    async def _asked(self, rule: Rule, subjects: Sequence[str]) -> dict[str, Finding]:
        given: dict[str, Any] = {
            **self.book.parameters(rule),
            "org": self.org,
            "now": self.now,
            "touched": list(subjects),
        }
        if is_own(rule.id):
            return await self._ask_own(rule, given)
        with persons_own():  # values of its parameters are
            value = await self.store.read_single(
                collected(rule), given, limits=READ_LIMITS, bookmarks=self.bookmarks
            )
        return read_rows(rule, self.org, frozenset(subjects), rows_of(rule, value))

    async def _ask_own(self, rule: Rule, given: Mapping[str, Any]) -> dict[str, Finding]:
        """Ask a rule of the organization's own, which may take and give only so much."""
        instead = "collect what belongs to one finding in one row"
        rows = await own_rows(self.store, rule, given, self.bookmarks, instead)
        found = read_rows(rule, self.org, frozenset(given["touched"]), rows)
        if any(len(each.evidence) > MOST_EVIDENCE for each in found.values()):
            raise LimitExceeded(
                f"a finding rests on more than {MOST_EVIDENCE:,} entities; give the first of them as evidence"
            )
        return found

    async def _specific(self, found: dict[str, Finding]) -> dict[str, Finding]:
        """Those that rest on more than what everybody has."""
        shared = sorted({each for finding in found.values() for each in finding.shared})
        if not shared:
            return found
        wanted = FIND_COMMON.bind(CommonParams(ids=shared))
        rows = await self.store.fetch(wanted, bookmarks=self.bookmarks)
        return specific(found, {row.id for row in rows})


async def own_rows(
    store: Store, rule: Rule, given: Mapping[str, Any], bookmarks: Sequence[str], instead: str
) -> list[dict[str, Any]]:
    """The rows that what a person wrote gives for a chunk of subjects, which may take and give only so much.

    Raises LimitExceeded, naming what to do `instead`.
    """
    rows = await named_rows(store, rule, given, MOST_ROWS + 1, OWN_LIMITS, bookmarks)
    if len(rows) > MOST_ROWS:
        raise LimitExceeded(
            f"it gives more than {MOST_ROWS:,} rows for {len(given['touched'])} subjects; {instead}"
        )
    return rows


async def named_rows(
    store: Store,
    rule: Rule,
    given: Mapping[str, Any],
    most: int,
    limits: Limits,
    bookmarks: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """At most so many rows of what a person wrote, by their columns."""
    columns, rows = await store.read_some(rule.text, given, most, limits, bookmarks)
    return [dict(zip(columns, row, strict=True)) for row in rows]
