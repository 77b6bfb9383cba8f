"""Secrets of organizations: what their collectors show to sources. Set and used, never given back.

A secret belongs to a source (a collectors' folder) and has the name that the source's manifest gives it. There is one
of each name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import MirageError
from graph.model.base import name_id
from graph.queries import vault as queries
from graph.queries.vault import SecretRow
from graph.store import Store
from server.vault.envelope import Sealing
from server.vault.places import place


class SecretMissing(MirageError):
    """A collector's secret is not set for the organization, or has expired."""

    code = "SECRET_MISSING"


@dataclass(frozen=True)
class SecretName:
    """Which secret: of a source of an organization, by its name."""

    org: str
    source: str
    name: str

    @property
    def id(self) -> str:
        """Its id; there is one of each name."""
        return name_id(self.org, "Secret", self.source, self.name)

    @property
    def bound_to(self) -> str:
        """What its value is sealed for."""
        return place("Secret", org=self.org, source=self.source, name=self.name)


@dataclass(frozen=True)
class NewValue:
    """A value to set: by whom, until when. `change` is equal for the same change made again."""

    text: str
    by: str
    change: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Secrets:
    """The secrets in the database."""

    store: Store
    keys: Sealing

    async def set(self, which: SecretName, value: NewValue) -> None:
        """Set a secret or replace its value."""
        params = queries.SetParams(
            id=which.id,
            org=which.org,
            source=which.source,
            name=which.name,
            sealed=self.keys.seal(value.text.encode(), which.bound_to),
            key_version=self.keys.current,
            expires_at=value.expires_at,
            by=value.by,
            change=value.change,
            now=datetime.now(UTC),
        )
        await self.store.fetch(queries.UPSERT_SECRET.bind(params))

    async def remove(self, which: SecretName) -> bool:
        """Remove a secret; whether there was one."""
        params = queries.SecretParams(id=which.id, org=which.org)
        return await self.store.fetch_one(queries.DELETE_SECRET.bind(params)) is not None

    async def listed(self, org: str) -> list[SecretRow]:
        """An organization's secrets, without their values."""
        return await self.store.fetch(queries.LIST_SECRETS.bind(queries.OrgParams(org=org)))

    async def opened(self, org: str, source: str, names: Collection[str]) -> Mapping[str, str]:
        """The values of a source's secrets, to be used now and kept nowhere. Raises SecretMissing, SealBroken."""
        if not names:
            return {}
        wanted = {name: SecretName(org, source, name) for name in names}
        params = queries.TakeParams(
            ids=[which.id for which in wanted.values()], org=org, now=datetime.now(UTC)
        )
        rows = await self.store.fetch(queries.TAKE_SECRETS.bind(params))
        opened = {
            row.name: self.keys.open(row.sealed, wanted[row.name].bound_to).decode() for row in rows
        }
        if missing := sorted(wanted.keys() - opened.keys()):
            raise SecretMissing(f"the secret {missing[0]} of {source} is not set, or has expired")
        return opened


def usable(rows: Collection[SecretRow], now: datetime) -> frozenset[tuple[str, str]]:
    """Which secrets can be used now, as source and name."""
    return frozenset(
        (row.source, row.name) for row in rows if row.expires_at is None or row.expires_at > now
    )
