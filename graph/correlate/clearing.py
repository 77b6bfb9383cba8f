"""What would clear a finding: the smallest sets of relationships without which its rule is silent.

Found by trying: in a transaction that is never committed relationships hold no longer, and the rule is asked again. So
the answer is the rule's own, whatever it is written like.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graph.correlate.books import Rulebook, books_of
from graph.correlate.findings import read_rows
from graph.correlate.rules import Rule
from graph.errors import NotFound
from graph.queries import finding as queries
from graph.store import Limits, Store, Transaction
from graph.translating import persons_own
from graph.undone import undone

MOST_TRIED = 50  # relationships; the evidence of a rule is bounded, too
PATIENCE = Limits(timeout_s=10.0, retry_s=1.5)


@dataclass(frozen=True)
class Basis:
    """An open finding: its rule, what it is about, the entities and the relationships it rests on, all by ids."""

    id: str
    rule: str
    subject: str
    evidence: Sequence[str]
    links: Sequence[str]


async def would_clear(
    store: Store, org: str, basis: Basis, now: datetime, book: Rulebook | None = None
) -> list[tuple[str, ...]]:
    """Sets of relationships, by ids: without all of one set the rule would not find it; with any of them back it would.

    Single ones first. Empty where no relationship would do: then it rests on what the entities themselves say, or its
    rule does not find it now, and it closes soon. Raises NotFound for a rule that is gone or off.
    """
    known = book or (await books_of(store, org)).book
    rule = known.rules.get(basis.rule)
    if rule is None:
        raise NotFound(f"there is no rule {basis.rule} any more")

    async def work(tx: Transaction) -> list[tuple[str, ...]]:
        trial = _Trial(tx, org, basis, rule, {**known.parameters(rule), "org": org, "now": now})
        return await trial.sets()

    with persons_own():
        return await undone(store, work, limits=PATIENCE)


@dataclass
class _Trial:
    tx: Transaction
    org: str
    basis: Basis
    rule: Rule
    given: dict[str, Any]
    since: dict[str, datetime] = field(default_factory=dict)

    @property
    def ends(self) -> list[str]:
        return [self.basis.subject, *self.basis.evidence]

    async def sets(self) -> list[tuple[str, ...]]:
        """All single relationships that clear it, and one smallest set of others."""
        params = queries.HoldingParams(org=self.org, ends=self.ends, links=list(self.basis.links))
        rows = (await self.tx.fetch(queries.LIST_HOLDING.bind(params)))[:MOST_TRIED]
        self.since = {row.id: row.holds_since for row in rows}
        if not await self._is_found():
            return []
        alone = [each for each in self.since if await self._clears([each])]
        others = [each for each in self.since if each not in alone]
        found: list[tuple[str, ...]] = [(each,) for each in alone]
        if len(others) > 1 and await self._clears(others):
            found.append(await self._least(others))
        return found

    async def _least(self, links: Collection[str]) -> tuple[str, ...]:
        """Of links that clear it together, as few as do so still: each that is not needed is put back."""
        needed = list(links)
        for each in links:
            rest = [other for other in needed if other != each]
            if await self._clears(rest):
                needed = rest
        return tuple(needed)

    async def _clears(self, links: Iterable[str]) -> bool:
        """Whether the rule is silent without these."""
        without = list(links)
        await self._hold(without, holding=False)
        is_found = await self._is_found()
        await self._hold(without, holding=True)
        return not is_found

    async def _hold(self, links: Iterable[str], *, holding: bool) -> None:
        told: list[queries.HoldingRecord] = [
            {"id": each, "holds_since": self.since[each] if holding else None} for each in links
        ]
        params = queries.SetHoldingParams(org=self.org, ends=self.ends, links=told)
        await self.tx.fetch(queries.UPSERT_HOLDING.bind(params))

    async def _is_found(self) -> bool:
        subject = self.basis.subject
        rows = await self.tx.run(self.rule.text, {**self.given, "touched": [subject]}, self.rule.id)
        found = read_rows(self.rule, self.org, {subject}, rows)
        # With less evidence it may be another finding, and is no less true.
        known = {*self.basis.evidence}
        return any(
            each.id == self.basis.id or known.issuperset(each.evidence) for each in found.values()
        )
