"""Which collectors and channels there are: found by their folders' manifests, listed without importing them.

Mirage's own sources of collectors are the folders beside this kit; other projects name theirs in the entry-point
groups `mirage.collectors` and `mirage.channels`, each entry the import path of a folder that has a manifest, and
operators name folders that hold further ones. What cannot be used is a problem in the list, never an error of the
whole. Nothing here runs a collector or a channel.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal, cast

from collectors._kit.base import Collector
from collectors._kit.channel import Channel
from collectors._kit.manifest import (
    FILE_NAME,
    ChannelManifest,
    CollectorManifest,
    InvalidManifest,
    ModuleManifest,
    SourceManifest,
    read_manifest,
)
from collectors._kit.redaction import redact
from graph.errors import MirageError, NotFound

ENTRY_POINT_GROUP = "mirage.collectors"
CHANNELS_GROUP = "mirage.channels"
OWN_FOLDER = Path(__file__).parent.parent
OWN_PACKAGE = OWN_FOLDER.name
FURTHER_PACKAGE = "mirage_modules"


class BrokenCollector(MirageError):
    """A collector whose code cannot be loaded; the message says which file and why."""

    code = "BROKEN_COLLECTOR"


class BrokenChannel(MirageError):
    """A channel whose code cannot be loaded, or fails; the message says which file and why."""

    code = "BROKEN_CHANNEL"


@dataclass(frozen=True)
class Origin:
    """Where a source comes from: Mirage itself, another distribution's entry point, or a folder that was named.

    `distribution` and its `version` are there for entry points, else empty.
    """

    kind: Literal["BUILT_IN", "ENTRY_POINT", "FOLDER"] = "BUILT_IN"
    distribution: str = ""
    version: str = ""


@dataclass(frozen=True)
class Source:
    """A folder with a manifest, the import path of its package, and where it comes from."""

    manifest: SourceManifest
    package: str
    folder: Path
    origin: Origin = Origin()


@dataclass(frozen=True)
class Listed:
    """A collector in the list: its manifest and the source it belongs to."""

    manifest: CollectorManifest
    source: Source


@dataclass(frozen=True)
class ListedChannel:
    """A channel in the list: its manifest and the source it belongs to."""

    manifest: ChannelManifest
    source: Source


@dataclass(frozen=True)
class Problem:
    """A source that cannot be used, and why."""

    where: str
    reason: str


@dataclass(frozen=True)
class Registry:
    """The sources, collectors and channels found, by name, and what could not be used."""

    sources: Mapping[str, Source]
    collectors: Mapping[str, Listed]
    problems: tuple[Problem, ...] = ()
    channels: Mapping[str, ListedChannel] = field(default_factory=dict)

    def get(self, collector_id: str) -> Listed:
        """The collector called `collector_id`. Raises NotFound."""
        found = self.collectors.get(collector_id)
        if found is None:
            raise NotFound(f"there is no collector {collector_id!r}")
        return found

    def channel(self, channel_id: str) -> ListedChannel:
        """The channel called `channel_id`. Raises NotFound."""
        found = self.channels.get(channel_id)
        if found is None:
            raise NotFound(f"there is no channel module {channel_id[:100]!r}")
        return found

    def load(self, collector_id: str) -> type[Collector]:
        """Import the collector's file and give its class. Raises NotFound, BrokenCollector."""
        return load_class(self.get(collector_id))

    def make(
        self,
        collector_id: str,
        options: Mapping[str, object] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Collector:
        """An instance with its options checked and completed.

        Raises NotFound, BrokenCollector, InvalidOption; where no secrets are given, what its code raises as it is.
        """
        listed, given = self.get(collector_id), secrets or {}
        chosen = listed.manifest.read_options(options or {})
        made = load_class(listed)
        try:
            return made(chosen, given)
        except Exception as error:
            if not given:
                raise
            # Not chained: what foreign code says of its secrets would be in the trace.
            told = redact(repr(error), given.values())
            raise BrokenCollector(f"{collector_id}: cannot be made: {told}") from None


def discover(
    folder: Path = OWN_FOLDER,
    package: str = OWN_PACKAGE,
    *,
    with_entry_points: bool = True,
    further: Sequence[Path] = (),
    beside: Mapping[str, Path] = MappingProxyType({}),
) -> Registry:
    """Find the sources under `folder` (the package `package`), those of other projects, and under `further` folders.

    `beside` are further folders of Mirage's own, by the package that each is. Collectors and channels are in order of
    their ids.
    """
    sources: dict[str, Source] = {}
    collectors: dict[str, Listed] = {}
    channels: dict[str, ListedChannel] = {}
    problems: list[Problem] = []
    candidates = [
        *_own(folder, package),
        *(place for name, path in beside.items() for place in _found(path, name, Origin())),
        *(_entries() if with_entry_points else ()),
        *_further(further),
    ]
    for place in candidates:
        where, path = place.where, place.file
        try:
            if path is None:
                raise InvalidManifest(f"{where}: names no folder with a {FILE_NAME}")
            source = Source(read_manifest(path), place.package, path.parent, place.origin)
            _refuse_doubles(source, sources, {**collectors, **channels})
        except InvalidManifest as error:
            problems.append(Problem(where, str(error)))
            continue
        sources[source.manifest.id] = source
        collectors |= {one.id: Listed(one, source) for one in source.manifest.collectors}
        channels |= {one.id: ListedChannel(one, source) for one in source.manifest.channels}
    return Registry(
        sources,
        dict(sorted(collectors.items())),
        tuple(problems),
        dict(sorted(channels.items())),
    )


def load_class(listed: Listed) -> type[Collector]:
    """The class of a listed collector: the one in its file whose `id` is the manifest's.

    Raises BrokenCollector.
    """
    return cast(
        type[Collector], _class_of(listed.source, listed.manifest, Collector, BrokenCollector)
    )


def load_channel(listed: ListedChannel) -> type[Channel]:
    """The class of a listed channel, found as that of a collector is. Raises BrokenChannel."""
    return cast(type[Channel], _class_of(listed.source, listed.manifest, Channel, BrokenChannel))


def _class_of(
    source: Source, manifest: ModuleManifest, wanted: type[Any], broken: type[MirageError]
) -> type[Any]:
    module_name = f"{source.package}.{manifest.module_name}"
    try:
        module = importlib.import_module(module_name)
    except (
        Exception
    ) as error:  # foreign code may raise anything on import; it must not take us along
        raise broken(f"{manifest.id}: {module_name} cannot be imported: {error!r}") from error
    for found in vars(module).values():
        is_wanted = isinstance(found, type) and issubclass(found, wanted)
        if is_wanted and getattr(found, "id", "") == manifest.id:
            return cast(type[Any], found)
    raise broken(f'{manifest.id}: {module_name} has no {wanted.__name__} with id = "{manifest.id}"')


@dataclass(frozen=True)
class _Place:
    """Where a source may be: whom to blame, its import path, its manifest file if it has one."""

    where: str
    package: str
    file: Path | None
    origin: Origin


def _own(folder: Path, package: str) -> Iterator[_Place]:
    yield from _found(folder, package, Origin("BUILT_IN" if folder == OWN_FOLDER else "FOLDER"))


def _found(folder: Path, package: str, origin: Origin) -> Iterator[_Place]:
    for path in sorted(folder.glob(f"[!_]*/{FILE_NAME}")):
        yield _Place(str(path), f"{package}.{path.parent.name}", path, origin)


def _entries() -> Iterator[_Place]:
    # A folder that has both may be named in both groups, and is one source.
    named = {
        entry.value: entry
        for group in (ENTRY_POINT_GROUP, CHANNELS_GROUP)
        for entry in entry_points(group=group)
    }
    for entry in sorted(named.values(), key=lambda e: e.name):
        where = f"entry point {entry.name} = {entry.value}"
        yield _Place(where, entry.value, _manifest_of(entry), _origin_of(entry))


def _further(folders: Sequence[Path]) -> Iterator[_Place]:
    """Sources in plain folders. Their code is found as that of one package, which lies in all of them."""
    if not folders:
        return
    package = ModuleType(FURTHER_PACKAGE)
    package.__path__ = [str(folder) for folder in folders]
    sys.modules[FURTHER_PACKAGE] = package
    for folder in folders:
        paths = sorted(folder.glob(f"[!_.]*/{FILE_NAME}"))
        if not paths:
            yield _Place(str(folder), "", None, Origin("FOLDER"))
        for path in paths:
            yield _Place(str(path), f"{FURTHER_PACKAGE}.{path.parent.name}", path, Origin("FOLDER"))


def _origin_of(entry: EntryPoint) -> Origin:
    dist = entry.dist
    return Origin("ENTRY_POINT", dist.name, dist.version) if dist else Origin("ENTRY_POINT")


def _manifest_of(entry: EntryPoint) -> Path | None:
    """A foreign source's manifest: from its distribution's files, else where Python would look."""
    inside = Path(*entry.value.split("."), FILE_NAME)
    if entry.dist is not None:
        path = Path(str(entry.dist.locate_file(inside)))
        if path.is_file():
            return path
    try:
        # An editable install. This imports the parent packages, and whatever they raise, the
        # source is not found, which the list then says.
        spec = importlib.util.find_spec(entry.value)
    except Exception:
        return None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / FILE_NAME).is_file():
            return Path(place) / FILE_NAME
    return None


def _refuse_doubles(
    source: Source,
    sources: Mapping[str, Source],
    modules: Mapping[str, Listed | ListedChannel],
) -> None:
    if source.manifest.id in sources:
        raise InvalidManifest(
            f"{source.folder}: there is already a source {source.manifest.id!r}: "
            f"{sources[source.manifest.id].folder}"
        )
    for one in (*source.manifest.collectors, *source.manifest.channels):
        if one.id in modules:
            kind = "channel" if isinstance(one, ChannelManifest) else "collector"
            raise InvalidManifest(
                f'{source.folder}: {kind}."{one.id}": the id is taken by '
                f"{modules[one.id].source.folder}"
            )
