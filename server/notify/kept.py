"""The channels that organizations have: over which module each tells of what, and with which secrets.

A channel tells nobody of more than whoever set it up last may read: that is checked by the caller, who knows them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from collectors._kit.manifest import ChannelManifest
from collectors._kit.options import InvalidOption
from collectors._kit.redaction import SHORTEST
from collectors._kit.registry import ListedChannel, load_channel
from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound, SourceRejected
from graph.facts import MARKINGS
from graph.queries import channel as queries
from graph.store import Store
from server.modules.naming import meant
from server.notify.events import ChannelEvent, is_at_least
from server.vault.keychain import open_values
from server.vault.secrets import NewValue, SecretName, Secrets

MOST_CHANNELS = 100
LONGEST_NAME = 80
DELETED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Kept:
    """A channel of an organization. `least_severity` is of findings; `ceiling` of all that goes over it."""

    id: str
    org: str
    module: str
    name: str
    options: Mapping[str, object]
    events: tuple[str, ...]
    least_severity: str
    ceiling: str
    is_enabled: bool
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Kept:
        """A channel from its node."""
        return cls(
            id=properties["id"],
            org=properties["org"],
            module=properties["module"],
            name=properties["name"],
            options=orjson.loads(properties["options"]),
            events=tuple(properties["events"]),
            least_severity=properties["least_severity"],
            ceiling=properties["ceiling"],
            is_enabled=properties["is_enabled"],
            created_by=properties["created_by"],
            created_at=properties["created_at"],
            changed_by=properties["changed_by"],
            changed_at=properties["changed_at"],
        )

    @property
    def source(self) -> str:
        """Under which name its secrets lie in the vault."""
        return source_of(self.id)

    def may_tell(self, tlp: str) -> bool:
        """Whether what is marked so may go over it."""
        return MARKINGS.index(tlp) <= MARKINGS.index(self.ceiling)

    def wants(self, event: str, severity: str, tlp: str) -> bool:
        """Whether it tells of such an event."""
        if not self.is_enabled or event not in self.events or not self.may_tell(tlp):
            return False
        return not ChannelEvent(event).is_of_finding or is_at_least(severity, self.least_severity)


def source_of(channel: str) -> str:
    """Under which name the secrets of a channel lie in the vault."""
    return f"channel:{channel}"


@dataclass(frozen=True)
class Wanted:
    """How a channel is to be; None leaves a part of one that is there as it is.

    `change` is equal for the same change made again.
    """

    change: str
    name: str | None = None
    options: Mapping[str, object] | None = None
    secrets: Mapping[str, str] | None = None
    events: Collection[ChannelEvent] | None = None
    least_severity: str | None = None
    ceiling: str | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True)
class Channels:
    """The channels in the database."""

    store: Store
    secrets: Secrets

    async def of(self, org: str) -> list[Kept]:
        """Those of an organization, by name."""
        params = queries.OrgParams(org=org)
        rows = await self.store.fetch(queries.LIST_CHANNELS.bind(params))
        return [Kept.of(row.properties) for row in rows]

    async def get(self, org: str, channel: str) -> Kept:
        """One of them. Raises NotFound."""
        found = next((each for each in await self.of(org) if each.id == channel), None)
        if found is None:
            raise NotFound(f"id: there is no channel {channel[:100]!r}; `channels` lists them")
        return found

    async def secrets_of(self, kept: Kept, manifest: ChannelManifest) -> dict[str, str]:
        """The values of its secrets, opened to be used now. Raises SecretMissing, SealBroken."""
        return await open_values(self.secrets, kept.org, kept.source, manifest.secrets)

    async def names_set(self, org: str, channel: str) -> frozenset[str]:
        """The names of the secrets that it has."""
        rows = await self.secrets.listed(org)
        return frozenset(row.name for row in rows if row.source == source_of(channel))

    async def set(
        self, org: str, channel: str, listed: ListedChannel, wanted: Wanted, by: str
    ) -> Kept:
        """Make a channel, or change it; what is wanted of a new one is complete.

        Raises InvalidQuestion, InvalidOption, Conflict, LimitExceeded.
        """
        others = [each for each in await self.of(org) if each.id != channel]
        if len(others) >= MOST_CHANNELS:
            raise LimitExceeded(f"an organization has at most {MOST_CHANNELS} channels")
        name = None if wanted.name is None else checked_name(wanted.name)
        if name in {each.name for each in others}:
            raise Conflict(f"name: another channel is called {name!r}")
        check_secrets(listed.manifest, wanted.secrets or {})
        if wanted.options is not None:
            check_options(listed, wanted.options, wanted.secrets or {})
        missing = {*listed.manifest.secrets} - {*(wanted.secrets or {})}
        if missing and (missing := missing - await self.names_set(org, channel)):
            raise InvalidQuestion(
                f"secrets: {listed.manifest.id} needs {', '.join(sorted(missing))}"
            )
        for secret, value in (wanted.secrets or {}).items():
            which = SecretName(org, source_of(channel), secret)
            await self.secrets.set(which, NewValue(value, by, f"{wanted.change}/{secret}"))
        params = queries.ChannelParams(
            id=channel,
            org=org,
            module=listed.manifest.id,
            name=name,
            options=None if wanted.options is None else orjson.dumps(dict(wanted.options)).decode(),
            events=None
            if wanted.events is None
            else sorted({each.value for each in wanted.events}),
            least_severity=wanted.least_severity,
            ceiling=wanted.ceiling,
            is_enabled=wanted.is_enabled,
            by=by,
            now=datetime.now(UTC),
        )
        row = await self.store.fetch_one(queries.UPSERT_CHANNEL.bind(params))
        assert row is not None  # noqa: S101 - the statement makes it
        return Kept.of(row.properties)

    async def delete(self, org: str, channel: str) -> None:
        """Delete a channel with its deliveries and its secrets. Raises NotFound."""
        await self.get(org, channel)
        # These first: while the channel is there, whoever dies in between is asked to delete it again.
        kept = await self.secrets.listed(org)
        ids = [each.id for each in kept if each.source == source_of(channel)]
        await self.secrets.remove_keys(org, ids)
        params = queries.DeleteParams(org=org, id=channel, limit=DELETED_AT_ONCE)
        while True:
            row = await self.store.fetch_one(queries.DELETE_CHANNEL.bind(params))
            if row is None or row.left < DELETED_AT_ONCE:
                return


def checked_name(given: str) -> str:
    """A name without needless spaces. Raises InvalidQuestion."""
    name = " ".join(given.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidQuestion(f"name: 1 to {LONGEST_NAME} characters are right")
    return name


def check_secrets(manifest: ChannelManifest, given: Mapping[str, str]) -> None:
    """Refuse secrets that the module does not name, and values that could not be kept out of logs."""
    for name, value in given.items():
        if name not in manifest.secrets:
            hint = meant(
                name, manifest.secrets, f"it needs {', '.join(manifest.secrets) or 'none'}"
            )
            raise InvalidQuestion(f"secrets: {manifest.id} needs no secret {name[:100]!r}; {hint}")
        if len(value) < SHORTEST:
            raise InvalidQuestion(
                f"secrets: {name} of less than {SHORTEST} characters cannot be kept out of what is logged"
            )


def check_options(
    listed: ListedChannel, given: Mapping[str, object], secrets: Mapping[str, str]
) -> None:
    """Refuse options that the manifest, or the module's own code, does not take. Raises InvalidOption.

    Code that is not part of Mirage is not run here: a test notice tells what it says.
    """
    try:
        chosen = listed.manifest.read_options(given)
        listed.manifest.reaching(chosen)
        if listed.source.origin.kind == "BUILT_IN":
            load_channel(listed)(chosen, secrets).check()
    except (InvalidOption, SourceRejected) as error:
        raise InvalidOption(f"options: {error}", "options") from error
