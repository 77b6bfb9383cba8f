"""The reference page of the collectors and importers, docs/reference/collectors.md, written from their manifests.

`mirage docs` renews it, and a test holds it current. No collector is imported for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors._kit.manifest import ANY_KIND, CollectorManifest
from collectors._kit.options import OptionSpec
from collectors._kit.registry import Registry, Source, discover

_INTRODUCTION = """\
# Collectors and importers

What Mirage asks and reads, written from the manifests in `collectors/`. The class says what a look does to the
target: P0 asks third parties only, P1 the DNS, P2 contacts the target politely, P3 in ways it may mind. How to write
one: [add a collector](../howto/add-a-collector.md), [add an importer](../howto/add-an-importer.md)."""


def reference_page(registry: Registry | None = None) -> str:
    """The page in Markdown: an overview, then each source with its collectors; Mirage's own unless told."""
    found = registry or discover(with_entry_points=False)
    return "\n".join((*_lines(found.sources.values()), ""))


def _lines(sources: Iterable[Source]) -> Iterator[str]:
    found = sorted(sources, key=lambda source: source.manifest.id)
    yield from (
        _INTRODUCTION,
        "",
        "| collector | class | what it finds out |",
        "| --- | --- | --- |",
    )
    for source in found:
        for one in source.manifest.collectors:
            anchor = one.id.replace(".", "")
            yield f"| [`{one.id}`](#{anchor}) | {one.activity} | {one.title} |"
    for source in found:
        said = source.manifest
        yield from ("", f"## {said.title}", "", f"{said.terms} Described at <{said.docs}>.")
        for one in said.collectors:
            yield from _collector_lines(one)


def _collector_lines(one: CollectorManifest) -> Iterator[str]:
    yield from ("", f"### {one.id}", "", f"**{one.title}.** {one.summary}", "")
    yield f"- {one.kind}, class {one.activity}, {one.status}, version {one.version}; reliability {one.reliability:g}"
    yield f"- Looks at: {names(one.consumes)}" + (
        f", with the role {names(one.needs)}" if one.needs else ""
    )
    yield "- States: " + (
        "what its options say" if ANY_KIND in one.produces else names(one.produces)
    )
    if one.parts != ("",):
        yield f"- Parts: {names(one.parts)}"
    if one.hosts:
        yield f"- Contacts: {names(one.hosts)}"
    if one.secrets:
        yield f"- Keys: {names(one.secrets)}"
    for name, option in sorted(one.options.items()):
        yield option_line(name, option)


def option_line(name: str, option: OptionSpec) -> str:
    """An option in Markdown."""
    unit = f" {option.unit}" if option.unit else ""
    return f"- Option `{name}` ({option.type}, `{option.default!r}`{unit}): {option.summary}"


def names(listed: Iterable[str]) -> str:
    """Names in Markdown."""
    return ", ".join(f"`{name}`" for name in listed)
