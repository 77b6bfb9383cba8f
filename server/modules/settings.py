"""How an organization has set its modules: whether each may be used, and the options that are usual there.

A module that was never set is enabled and has the options of its manifest. Each setting is a version, with who set it
and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from collectors._kit.manifest import CollectorManifest
from collectors._kit.options import InvalidOption
from graph.errors import InvalidQuestion
from graph.model.base import name_id
from graph.queries import module as queries
from graph.queries.module import PastSetting, SettingRow
from graph.store import Store
from server.modules.naming import meant

KEPT = 50  # versions

Options = Mapping[str, object]


class ModuleDisabled(InvalidQuestion):
    """A module is to be used that the organization has disabled."""

    code = "MODULE_DISABLED"


@dataclass(frozen=True)
class Version:
    """A setting as it was set once: by whose id, and when."""

    number: int
    is_enabled: bool
    options: Options
    by: str
    at: datetime
    pinned: int = 0


@dataclass(frozen=True)
class Setting:
    """How a module is set. `versions` are those that are kept, latest first; none where it was never set.

    `pinned` is the only version of its manifest with which it is asked; 0 for any.
    """

    is_enabled: bool = True
    options: Options = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    pinned: int = 0


UNSET = Setting()


@dataclass(frozen=True)
class Change:
    """What to set of a module, by whom; None leaves it as it is. `name` is equal for the same change made again."""

    is_enabled: bool | None
    options: Options | None
    by: str
    name: str
    pinned: int | None = None  # 0 for no pin


@dataclass(frozen=True)
class Settings:
    """The settings in the database."""

    store: Store

    async def of(self, org: str) -> Mapping[str, Setting]:
        """Those of an organization, by module; of modules that were ever set."""
        rows = await self.store.fetch(queries.LIST_SETTINGS.bind(queries.OrgParams(org=org)))
        return read(rows)

    async def set(self, org: str, module: str, change: Change) -> None:
        """Make a new version. What is set is checked by the caller."""
        await self.store.fetch(queries.UPSERT_SETTING.bind(set_params(org, module, change)))


def set_params(org: str, module: str, change: Change) -> queries.SetParams:
    """A change of a module's setting as `UPSERT_SETTING` takes it."""
    options = change.options
    return queries.SetParams(
        id=name_id(org, "ModuleSetting", module),
        org=org,
        module=module,
        is_enabled=change.is_enabled,
        options=None if options is None else orjson.dumps(dict(options)).decode(),
        pinned=change.pinned,
        by=change.by,
        change=change.name,
        kept=KEPT,
        now=datetime.now(UTC),
    )


def read(rows: Iterable[SettingRow]) -> Mapping[str, Setting]:
    """Settings from their rows, by module."""
    return {
        row.module: Setting(
            row.is_enabled,
            orjson.loads(row.options),
            tuple(_version(row.version - back, each) for back, each in enumerate(row.past)),
            row.pinned,
        )
        for row in rows
    }


def _version(number: int, past: PastSetting) -> Version:
    return Version(
        number, past.is_enabled, orjson.loads(past.options), past.set_by, past.set_at, past.pinned
    )


def pins(settings: Mapping[str, Setting]) -> dict[str, int]:
    """The modules that are pinned, with their versions."""
    return {name: setting.pinned for name, setting in settings.items() if setting.pinned}


def disabled(settings: Mapping[str, Setting]) -> frozenset[str]:
    """The modules that are not to be used."""
    return frozenset(name for name, setting in settings.items() if not setting.is_enabled)


def check_options(manifest: CollectorManifest, given: object) -> Options:
    """Options that an organization gives a collector, each checked; those left out are the manifest's or a scan's.

    Raises InvalidOption, with the option's place as its `field`.
    """
    if not isinstance(given, dict):
        raise InvalidOption("options: an object of options by their names is right", "options")
    for name, value in given.items():
        spec = manifest.options.get(name)
        if spec is None:
            raise InvalidOption(
                f"options: there is no option {name[:100]!r}; {_hint(manifest, name)}", "options"
            )
        place = f"options.{name}"
        try:
            spec.read(place, value)
        except InvalidOption as error:
            raise InvalidOption(f"{error}; {spec.wanted}", place) from error
    return given


def _hint(manifest: CollectorManifest, name: str) -> str:
    all_of_them = ", ".join(manifest.options) or "none"
    return meant(name, manifest.options, f"{manifest.id} has {all_of_them}")
