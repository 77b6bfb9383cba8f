"""Collectors, importers, rules and channels as modules: one form for what manifests and headers of rules say. Pure.

Nothing here imports a collector's code; what cannot be used is a problem of the registry, and no module.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from collectors._kit.manifest import ChannelManifest, CollectorManifest
from collectors._kit.registry import Listed, ListedChannel, Origin, Registry, discover
from graph.correlate import rules
from graph.correlate.header import Parameter
from graph.correlate.paths import PROVENANCE_LABELS
from graph.correlate.rules import Rule
from graph.errors import NotFound
from server.settings import Settings

CONCLUDES = "Finding"
# Mirage's own channels: their manifests are read here, their code where it is used.
CHANNELS = {"server.notify.channels": Path(__file__).parent.parent / "notify" / "channels"}

_VALUE: Mapping[str, Mapping[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "duration": {"type": "string", "format": "duration"},
    "list<str>": {"type": "array", "items": {"type": "string"}},
    "list<int>": {"type": "array", "items": {"type": "integer"}},
}


class ModuleKind(enum.StrEnum):
    """What a module does."""

    COLLECTOR = "COLLECTOR"
    IMPORTER = "IMPORTER"
    RULE = "RULE"
    CHANNEL = "CHANNEL"


@dataclass(frozen=True)
class Module:
    """A module as its manifest or header says it.

    `options` is a JSON Schema, `inputs` and `outputs` are names of kinds and relationship types. `manifest` is there
    for collectors and importers, `channel` for channels; a rule asks nobody, so it has neither terms nor a limit.
    """

    id: str
    kind: ModuleKind
    title: str
    summary: str
    version: int
    status: str
    origin: Origin
    options: Mapping[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    source: str = ""
    docs: str = ""
    terms: str = ""
    manifest: CollectorManifest | None = None
    channel: ChannelManifest | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets that it needs; each of an organization's channels has its own."""
        declared = self.manifest or self.channel
        return declared.secrets if declared else ()


def catalog(registry: Registry, known_rules: Mapping[str, Rule]) -> Mapping[str, Module]:
    """Every module by its id, in the order of ids. What has a manifest goes before a rule of the same id."""
    made = {rule.id: of_rule(rule) for rule in known_rules.values()}
    made |= {name: of_channel(listed) for name, listed in registry.channels.items()}
    made |= {name: of_listed(listed) for name, listed in registry.collectors.items()}
    return MappingProxyType(dict(sorted(made.items())))


@cache
def registry() -> Registry:
    """The collectors and channels there are, listed once per process from their manifests."""
    return discover(further=Settings().module_folders, beside=CHANNELS)


@cache
def modules() -> Mapping[str, Module]:
    """Every module of this installation, listed once per process."""
    return catalog(registry(), rules.load())


def get(module_id: str) -> Module:
    """A module by its id. Raises NotFound."""
    found = modules().get(module_id)
    if found is None:
        raise NotFound(f"there is no module {module_id[:100]!r}; `modules` lists them")
    return found


def of_listed(listed: Listed) -> Module:
    """A collector or importer."""
    manifest, source = listed.manifest, listed.source
    return Module(
        id=manifest.id,
        kind=ModuleKind(manifest.kind.upper()),
        title=manifest.title,
        summary=manifest.summary,
        version=manifest.version,
        status=manifest.status,
        origin=source.origin,
        options=manifest.options_schema(),
        inputs=manifest.consumes,
        outputs=manifest.produces,
        source=source.manifest.title,
        docs=source.manifest.docs,
        terms=source.manifest.terms,
        manifest=manifest,
    )


def of_channel(listed: ListedChannel) -> Module:
    """A channel. It is told of events, and states nothing."""
    manifest, source = listed.manifest, listed.source
    return Module(
        id=manifest.id,
        kind=ModuleKind.CHANNEL,
        title=manifest.title,
        summary=manifest.summary,
        version=manifest.version,
        status=manifest.status,
        origin=source.origin,
        options=manifest.options_schema(),
        inputs=(),
        outputs=(),
        source=source.manifest.title,
        docs=source.manifest.docs,
        terms=source.manifest.terms,
        channel=manifest,
    )


def of_rule(rule: Rule) -> Module:
    """A correlation rule. It reads the graph and gives findings."""
    header = rule.header
    return Module(
        id=rule.id,
        kind=ModuleKind.RULE,
        title=header.title,
        summary=header.summary,
        version=header.version,
        status=header.status,
        origin=Origin(),
        options={
            "type": "object",
            "additionalProperties": False,
            "properties": {each.name: _schema(each) for each in header.params},
            "required": [],
        },
        inputs=tuple(sorted(set(_kinds(rule)) - PROVENANCE_LABELS)),
        outputs=(CONCLUDES,),
    )


def _kinds(rule: Rule) -> Iterator[str]:
    for path in rule.paths:
        yield path.subject
        for hop in path.hops:
            yield from hop.kinds


def _schema(parameter: Parameter) -> dict[str, Any]:
    """A parameter as a JSON Schema; a duration is text, as the header writes it."""
    default = parameter.written if parameter.type == "duration" else parameter.default
    if isinstance(default, tuple):
        default = list(default)
    return {**_VALUE[parameter.type], "description": parameter.description, "default": default}
