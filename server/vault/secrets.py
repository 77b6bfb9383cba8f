"""Secrets of organizations: what their collectors show to sources. Set and used, never given back.

A secret belongs to a source (a collectors' folder) and has the name that the source's manifest gives it. Of each name
there may be several keys, which people tell apart by their labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import Conflict, MirageError
from graph.model.base import name_id
from graph.queries import vault as queries
from graph.queries.vault import SecretRow
from graph.store import Store, Transaction
from server.vault.envelope import Sealing
from server.vault.places import place

USUAL_LABEL = "default"


class SecretMissing(MirageError):
    """A collector's secret is not set for the organization, or has expired."""

    code = "SECRET_MISSING"


@dataclass(frozen=True)
class SecretName:
    """Which secret: of a source of an organization, by its name; `slot` is empty for the first key of that name."""

    org: str
    source: str
    name: str
    slot: str = ""

    @classmethod
    def further(cls, org: str, source: str, name: str, key: str) -> SecretName:
        """A further key of that name; `key` tells it from all others."""
        return cls(org, source, name, f"/{key}")

    @property
    def id(self) -> str:
        """Its id."""
        further = [self.slot] if self.slot else []
        return name_id(self.org, "Secret", self.source, self.name, *further)

    @property
    def bound_to(self) -> str:
        """What its value is sealed for."""
        return place("Secret", org=self.org, source=self.source, name=self.name, slot=self.slot)


@dataclass(frozen=True)
class NewValue:
    """A value to set: by whom, until when. `change` is equal for the same change made again."""

    text: str
    by: str
    change: str
    expires_at: datetime | None = None
    label: str = USUAL_LABEL


@dataclass(frozen=True)
class Secrets:
    """The secrets in the database."""

    store: Store
    keys: Sealing

    async def set(self, which: SecretName, value: NewValue) -> None:
        """Set a key, or replace its value: what was known of the former one is forgotten.

        Raises Conflict where it is new and another one of that name is called so.
        """
        setting = queries.UPSERT_SECRET.bind(self._setting(which, value))

        async def work(tx: Transaction) -> None:
            rows = await tx.fetch(queries.LIST_SECRETS.bind(queries.OrgParams(org=which.org)))
            if all(row.id != which.id for row in rows):
                _refuse_double(rows, which, value.label)
            await tx.fetch(setting)

        await self.store.transact(work)

    async def change(self, org: str, key: str, label: str | None, is_enabled: bool | None) -> bool:
        """Call a key otherwise, or have it used or not; whether there is such a key.

        One that is enabled is tried again, whatever its source said. Raises Conflict where another one is called so.
        """

        async def work(tx: Transaction) -> bool:
            rows = await tx.fetch(queries.LIST_SECRETS.bind(queries.OrgParams(org=org)))
            found = next((row for row in rows if row.id == key), None)
            if found is None:
                return False
            if label is not None:
                _refuse_double(rows, found, label)
            params = queries.KeyParams(org=org, id=key, label=label, is_enabled=is_enabled)
            return bool(await tx.fetch(queries.UPSERT_KEY.bind(params)))

        is_there, _ = await self.store.transact(work)
        return is_there

    async def remove(self, which: SecretName) -> bool:
        """Remove a secret with all of its keys; whether there was one."""
        rows = await self.listed(which.org)
        ids = [row.id for row in rows if (row.source, row.name) == (which.source, which.name)]
        return await self.remove_keys(which.org, ids)

    async def remove_keys(self, org: str, ids: list[str]) -> bool:
        """Remove keys; whether there was one of them."""
        params = queries.IdsParams(org=org, ids=ids)
        return bool(await self.store.fetch(queries.DELETE_SECRETS.bind(params)))

    async def listed(self, org: str) -> list[SecretRow]:
        """An organization's keys, without their values."""
        return await self.store.fetch(queries.LIST_SECRETS.bind(queries.OrgParams(org=org)))

    def _setting(self, which: SecretName, value: NewValue) -> queries.SetParams:
        return queries.SetParams(
            id=which.id,
            org=which.org,
            source=which.source,
            name=which.name,
            slot=which.slot,
            label=value.label,
            sealed=self.keys.seal(value.text.encode(), which.bound_to),
            key_version=self.keys.current,
            expires_at=value.expires_at,
            by=value.by,
            change=value.change,
            now=datetime.now(UTC),
        )


def _refuse_double(rows: Iterable[SecretRow], which: SecretName | SecretRow, label: str) -> None:
    for row in rows:
        is_of_name = (row.source, row.name) == (which.source, which.name)
        if is_of_name and row.id != which.id and row.label == label:
            raise Conflict(f"label: another key of {which.source} {which.name} is called {label!r}")
