"""How modules stand in an organization at a moment, and which collectors can be asked about an entity. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collectors._kit.manifest import CollectorManifest
from graph.model.base import Entity
from server.modules.catalog import Module, ModuleKind
from server.modules.health import Health
from server.modules.pins import absence
from server.modules.settings import UNSET, Setting


@dataclass(frozen=True)
class Standing:
    """What bears on an organization's modules.

    Its usable secrets by source and name, how many living processes offer each module (in the version to which it is
    pinned), how the modules are set and how they do. `readers` is the number of processes that read files, which is
    what importers are offered by. `versions` are those that living processes have. `shut` are the modules that are not
    asked now since they do not work, or have no key to use, with the reason; `keys` are the labels of the keys that
    those which need one would be given.
    """

    secrets: frozenset[tuple[str, str]] = frozenset()
    workers: Mapping[str, int] = field(default_factory=dict)
    readers: int = 0
    settings: Mapping[str, Setting] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    versions: Mapping[str, frozenset[int]] = field(default_factory=dict)
    shut: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def setting(self, module: str) -> Setting:
        """How a module is set."""
        return self.settings.get(module, UNSET)

    def offered_by(self, module: Module) -> int:
        """How many living processes can carry the module out."""
        return (
            self.readers if module.kind is ModuleKind.IMPORTER else self.workers.get(module.id, 0)
        )

    def absence(self, collector: str) -> str:
        """Why no living process can carry a collector out; empty where one can."""
        if not self.workers.get(collector):
            return absence(self.setting(collector).pinned, self.versions.get(collector, ()))
        return ""

    def has_secret(self, manifest: CollectorManifest, name: str) -> bool:
        """Whether a secret of the collector's source is set and not expired."""
        return (manifest.source, name) in self.secrets


@dataclass(frozen=True)
class Pivot:
    """A collector that accepts an entity; `hindrance` says why it cannot be asked now, empty where it can."""

    manifest: CollectorManifest
    hindrance: str = ""


def pivots(
    entity: Entity, tlp: str, collectors: Iterable[CollectorManifest], standing: Standing
) -> list[Pivot]:
    """The enabled collectors that accept `entity` as it is, marked `tlp`; in the order in which they came."""
    return [
        Pivot(manifest, hindrance(manifest, tlp, standing))
        for manifest in collectors
        if manifest.kind == "collector"
        and manifest.accepts(entity)
        and standing.setting(manifest.id).is_enabled
    ]


def hindrance(manifest: CollectorManifest, tlp: str, standing: Standing) -> str:
    """The first reason for which the collector cannot be asked about what is marked `tlp`; empty where it can."""
    if not manifest.may_hear_of(tlp):
        return (
            f"it may be asked about entities up to {manifest.highest}, and this one is marked {tlp}"
        )
    missing = [name for name in manifest.secrets if not standing.has_secret(manifest, name)]
    if missing:
        return f"the secret {missing[0]} of {manifest.source} is not set, or has expired"
    if why := standing.absence(manifest.id):
        return why
    return standing.shut.get(manifest.id, "")
