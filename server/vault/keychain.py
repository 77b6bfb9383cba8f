"""The keys of a source as a job uses them: lent for each lookup, counted, and set aside where the source refuses them.

What is known of keys lies in the graph, where all processes read and write it, under a lock for each use: no unit of a
quota or of a run's budget is used twice, and what a process knew is not lost with it. A job keeps to the keys that had
most left when it began, until these are refused or spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors._kit.faults import KeyTrouble
from collectors._kit.keys import Loan, NoKey
from collectors._kit.manifest import CollectorManifest
from graph.queries import vault as queries
from graph.queries.vault import SealedKeyRow, SecretRow
from graph.store import Store, Transaction
from server.vault.keystate import (
    KeySet,
    after_answer,
    after_trouble,
    after_use,
    as_there,
    is_there,
    key_sets,
    none_of,
)
from server.vault.secrets import SecretMissing, SecretName, Secrets


@dataclass(frozen=True)
class Spender:
    """A run, and how many units its lookups may cost in all."""

    run: str
    budget: int


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Keychain:
    """The keys of a collector's source in an organization, opened."""

    store: Store
    org: str
    manifest: CollectorManifest
    sets: Sequence[KeySet]
    opened: Mapping[str, str]  # values by the keys' ids
    spender: Spender | None = None
    trial: str = ""  # the only key to be used, whatever is known of it
    now: Callable[[], datetime] = _now
    _current: str = ""
    _is_tried: bool = False
    _versions: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._versions = {row.id: row.version for row in self._rows}

    @property
    def values(self) -> tuple[str, ...]:
        """The values of all of them."""
        return tuple(self.opened.values())

    @property
    def _rows(self) -> list[SecretRow]:
        return list({row.id: row for each in self.sets for row in each.rows.values()}.values())

    def has_other(self, loan: Loan) -> bool:
        """Whether another key can be used, by what was known at the last look."""
        units = self.manifest.most_units
        return not self.trial and any(
            each.id != loan.id and each.is_ready(self.manifest.quota, self.now(), units)
            for each in self.sets
        )

    def first(self) -> Mapping[str, str]:
        """Values to make a collector with, before anything is lent."""
        return self._values(self.sets[0])

    async def lend(self, label: str) -> Loan:
        """Keys for a lookup of a kind of entity, its units counted. Raises NoKey."""
        if self._is_tried:
            raise NoKey("the key that was to be tried was refused", rests=False)
        units = self.manifest.units_for(label)
        chosen, _ = await self.store.transact(lambda tx: self._lend(tx, units))
        if isinstance(chosen, NoKey):  # the transaction is over, not undone and tried again
            raise chosen
        self._current = chosen.id
        return Loan(chosen.id, self._values(chosen), units)

    async def refused(self, loan: Loan, trouble: KeyTrouble) -> None:
        """Set keys aside that were refused, or let them rest as long as their source says."""
        self._is_tried = bool(self.trial)
        now = self.now()

        async def work(tx: Transaction) -> None:
            await self._spend(tx, -loan.units)
            lead = self._lead(await self._looked_up(tx), loan.id)
            await self._keep(tx, (after_trouble(row, trouble, loan.units, now) for row in lead))
            await self._looked_up(tx)

        await self.store.transact(work)

    async def accepted(self, loan: Loan) -> None:
        """Note that keys were taken, where that is news."""
        is_trial = bool(self.trial)
        if not any(after_answer(row, is_trial=is_trial) for row in self._lead(self.sets, loan.id)):
            return

        async def work(tx: Transaction) -> None:
            lead = self._lead(await self._looked_up(tx), loan.id)
            news = (after_answer(row, is_trial=is_trial) for row in lead)
            await self._keep(tx, (each for each in news if each is not None))
            await self._looked_up(tx)

        await self.store.transact(work)

    async def _lend(self, tx: Transaction, units: int) -> KeySet | NoKey:
        now, quota = self.now(), self.manifest.quota
        if not await self._spend(tx, units):
            assert self.spender is not None  # noqa: S101 - nobody else has a budget
            return NoKey(budget_spent(self.spender.budget), rests=True)
        sets = await self._looked_up(tx)
        ready = [each for each in sets if self.trial or each.is_ready(quota, now, units)]
        if not ready:
            await self._spend(tx, -units)
            if not sets:
                return NoKey(
                    f"the keys of {self.manifest.source} were changed meanwhile", rests=True
                )
            why = none_of(sets, self.manifest, now)
            return NoKey(why.reason, rests=why.until is not None)
        chosen = min(ready, key=lambda each: (each.id != self._current, each.rank(quota, now)))
        await self._keep(tx, (after_use(row, units, now) for row in chosen.lead))
        return chosen

    async def _spend(self, tx: Transaction, units: int) -> bool:
        """Count units for the run; whether they are within its budget."""
        if self.spender is None or not units:
            return True
        run = self.spender.run
        locked = await tx.fetch(
            queries.LOCK_SPENDING.bind(queries.SpendingParams(org=self.org, run=run))
        )
        spent = locked[0].units + units
        if units > 0 and spent > self.spender.budget:
            return False
        params = queries.SpentParams(run=run, units=max(0, spent))
        await tx.fetch(queries.UPSERT_SPENDING.bind(params))
        return True

    async def _looked_up(self, tx: Transaction) -> Sequence[KeySet]:
        """The keys as they are now, locked; those that were changed since they were opened are left out."""
        params = queries.IdsParams(org=self.org, ids=sorted(self._versions))
        found = [
            as_there(row) if row.id == self.trial else row
            for row in await tx.fetch(queries.LOCK_KEYS.bind(params))
            if row.version == self._versions[row.id]
        ]
        self.sets = _tried(key_sets(found, self.manifest.secrets, self.now()), self.trial)
        return self.sets

    async def _keep(self, tx: Transaction, states: Iterable[dict[str, Any]]) -> None:
        if rows := list(states):
            params = queries.KeyStatesParams(org=self.org, rows=rows)
            await tx.fetch(queries.UPSERT_KEY_STATES.bind(params))

    def _lead(self, sets: Sequence[KeySet], which: str) -> tuple[SecretRow, ...]:
        return next((each.lead for each in sets if each.id == which), ())

    def _values(self, chosen: KeySet) -> Mapping[str, str]:
        return {name: self.opened[row.id] for name, row in chosen.rows.items()}


def budget_spent(units: int) -> str:
    """What a run says whose units are used up."""
    return f"the budget of {units} key units is spent"


async def open_keychain(
    secrets: Secrets,
    org: str,
    manifest: CollectorManifest,
    spender: Spender | None = None,
    trial: str = "",
) -> Keychain | None:
    """The keys of a collector's source, opened to be used now and kept nowhere; None for what needs none.

    Raises SecretMissing, SealBroken.
    """
    if not manifest.secrets:
        return None
    params = queries.KeysParams(org=org, source=manifest.source, names=list(manifest.secrets))
    rows = await secrets.store.fetch(queries.LIST_KEYS.bind(params))
    now = _now()
    # What is disabled or has expired can be tried by its name alone.
    there = [as_there(row) if row.id == trial else row for row in rows]
    sets = _tried(key_sets(there, manifest.secrets, now), trial)
    if not sets:
        there_now = {each.name for each in there if is_there(each, now)}
        missing = next(
            (n for n in sorted(manifest.secrets) if n not in there_now), manifest.secrets[0]
        )
        raise SecretMissing(f"the secret {missing} of {manifest.source} is not set, or has expired")
    wanted = {row.id for each in sets for row in each.rows.values()}
    opened = {row.id: _value(secrets, org, row) for row in rows if row.id in wanted}
    return Keychain(secrets.store, org, manifest, sets, opened, spender, trial)


def _value(secrets: Secrets, org: str, row: SealedKeyRow) -> str:
    which = SecretName(org, row.source, row.name, row.slot)
    return secrets.keys.open(row.sealed, which.bound_to).decode()


def _tried(sets: Sequence[KeySet], trial: str) -> Sequence[KeySet]:
    """Those with the key that is to be tried; all where none is."""
    return [s for s in sets if not trial or any(row.id == trial for row in s.rows.values())]


async def open_values(
    secrets: Secrets, org: str, source: str, names: Sequence[str]
) -> dict[str, str]:
    """The first usable value of each secret of a source, opened to be used now and kept nowhere.

    Raises SecretMissing, SealBroken.
    """
    if not names:
        return {}
    params = queries.KeysParams(org=org, source=source, names=list(names))
    rows = await secrets.store.fetch(queries.LIST_KEYS.bind(params))
    now = _now()
    found = {row.name: row for row in reversed(rows) if is_there(row, now)}
    for name in names:
        if name not in found:
            raise SecretMissing(f"the secret {name} of {source} is not set, or has expired")
    return {name: _value(secrets, org, found[name]) for name in names}
