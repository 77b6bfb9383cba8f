"""Configurations in the database: how they are now, and every version of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from graph.errors import NotFound
from graph.model.base import name_id
from graph.queries import configuration as queries
from graph.setting import check_expected, hold_settings
from graph.store import Store, Transaction
from server.configuration.declared import (
    OrganizationSettings,
    PlatformSettings,
    Reach,
    Values,
    check_place,
    checked,
    read,
)

OF_THE_PLATFORM = ""
REPEATS = 20  # changes by name that are known again


@dataclass(frozen=True)
class Version:
    """A configuration as it was set once: by whose id, when and why."""

    number: int
    values: Values
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Difference:
    """A setting that two configurations have otherwise; None where it is not set."""

    place: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What to set, and what to set no more, by whom and why.

    `expects` is the number of the version that it goes from; None whatever that is. `name` is equal for the same change
    made again. With `is_whole`, what `values` does not name is set no more.
    """

    by: str
    name: str
    values: Values = field(default_factory=dict)
    unset: Collection[str] = ()
    reason: str = ""
    expects: int | None = None
    is_whole: bool = False


@dataclass(frozen=True)
class Kept:
    """A configuration as it is now. Its number is 0 before anything was set.

    `changes` name what made the last versions, where it is locked.
    """

    number: int = 0
    values: Values = field(default_factory=dict)
    changes: Sequence[str] = ()


@dataclass(frozen=True)
class Counting:
    """What counts for an organization, with the defaults: what it has set, and what the platform has."""

    own: OrganizationSettings
    platform: PlatformSettings

    @property
    def never_looked_at(self) -> Sequence[str]:
        """What no run may look at."""
        return (*self.own.scans.exclude, *self.platform.scans.exclude)


def counting(rows: Iterable[queries.CountingRow]) -> Counting:
    """What counts, from the rows of LIST_COUNTING."""
    found = {reach_of(row.org): orjson.loads(row.values) for row in rows}
    return Counting(
        read(Reach.ORGANIZATION, found.get(Reach.ORGANIZATION, {})),
        read(Reach.PLATFORM, found.get(Reach.PLATFORM, {})),
    )


@dataclass(frozen=True)
class Configurations:
    """The configurations of the platform and of organizations; read anew each time, so that a change counts at once."""

    store: Store

    async def of(self, org: str) -> Kept:
        """An organization's, or the platform's (`OF_THE_PLATFORM`)."""
        row = await self.store.fetch_one(queries.GET_CONFIGURATION.bind(queries.OrgParams(org=org)))
        return Kept(row.number, orjson.loads(row.values)) if row else Kept()

    async def counting(self, org: str) -> Counting:
        """What counts for an organization."""
        params = queries.OrgParams(org=org)
        return counting(await self.store.fetch(queries.LIST_COUNTING.bind(params)))

    async def never_looked_at(self, org: str) -> Sequence[str]:
        """What no run of an organization may look at, by the organization and the platform."""
        return (await self.counting(org)).never_looked_at

    async def versions(self, org: str, before: int | None, limit: int) -> Sequence[Version]:
        """Versions, latest first, with a number below `before`."""
        params = queries.VersionsParams(org=org, before=before, limit=limit)
        rows = await self.store.fetch(queries.LIST_VERSIONS.bind(params))
        return [_version(row) for row in rows]

    async def version(self, org: str, number: int) -> Version:
        """A version by its number. Raises NotFound."""
        found = await self.versions(org, number + 1, 1)
        if not found or found[0].number != number:
            raise NotFound(f"there is no version {number}")
        return found[0]

    async def set(self, org: str, change: Change) -> Kept:
        """Make a new version, unless nothing would change.

        Raises InvalidQuestion, or Conflict where another version is there than the change goes from.
        """
        kept, _ = await self.store.transact(lambda tx: set_within(tx, org, change))
        return kept


async def lock(tx: Transaction, org: str) -> Kept:
    """A configuration as it is now, which nobody else changes until the transaction's end."""
    row = await hold_settings(tx, org)
    return Kept(row.number, orjson.loads(row.values), tuple(row.changes))


async def set_within(tx: Transaction, org: str, change: Change) -> Kept:
    """`Configurations.set` within a transaction of the caller's."""
    reach, now = reach_of(org), await lock(tx, org)
    if change.name in now.changes:
        return now
    check_expected(change.expects, now.number)
    values = checked(reach, _after(reach, now.values, change))
    if values == now.values:
        return now
    params = queries.SetParams(
        org=org,
        number=now.number + 1,
        version_id=name_id(org, "ConfigurationVersion", str(now.number + 1)),
        values=orjson.dumps(dict(values)).decode(),
        by=change.by,
        at=datetime.now(UTC),
        reason=change.reason,
        changes=[change.name, *now.changes][:REPEATS],
    )
    await tx.fetch(queries.UPSERT_CONFIGURATION.bind(params))
    return Kept(now.number + 1, values)


def _after(reach: Reach, now: Values, change: Change) -> Values:
    kept: Mapping[str, Any] = {} if change.is_whole else now
    for place in change.unset:
        check_place(reach, place)
    left = {place: value for place, value in kept.items() if place not in change.unset}
    return {**left, **change.values}


def reach_of(org: str) -> Reach:
    """Whom a configuration is for, by the organization that it is kept under."""
    return Reach.PLATFORM if org == OF_THE_PLATFORM else Reach.ORGANIZATION


def differences(before: Values, after: Values) -> list[Difference]:
    """What two configurations have otherwise, in the order of places."""
    return [
        Difference(place, before.get(place), after.get(place))
        for place in sorted({*before, *after})
        if before.get(place) != after.get(place)
    ]


def _version(row: queries.VersionRow) -> Version:
    return Version(row.number, orjson.loads(row.values), row.set_by, row.set_at, row.reason)
