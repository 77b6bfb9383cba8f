"""The reference page of Mirage's own channels, docs/reference/channels.md, written from their manifests.

`mirage docs` renews it, and a test holds it current. No channel is imported for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors._kit.manifest import ChannelManifest
from collectors._kit.reference import names, option_line
from collectors._kit.registry import ListedChannel, discover
from server.modules.catalog import CHANNELS

_INTRODUCTION = """\
# Channels

Over what organizations can be told of what happens, written from the manifests in `server/notify/channels/`. How they
are used: [channels](../channels.md). How to write one: [add a channel](../howto/add-a-channel.md)."""


def channels_page() -> str:
    """The page in Markdown: an overview, then each channel; Mirage's own."""
    found = discover(with_entry_points=False, beside=CHANNELS).channels
    return "\n".join((*_lines(found.values()), ""))


def _lines(found: Iterable[ListedChannel]) -> Iterator[str]:
    listed = list(found)
    yield from (_INTRODUCTION, "", "| channel | sends over | what it does |", "| --- | --- | --- |")
    for one in listed:
        manifest = one.manifest
        anchor = manifest.id.replace(".", "")
        yield f"| [`{manifest.id}`](#{anchor}) | {manifest.sends} | {manifest.title} |"
    for one in listed:
        said = one.source.manifest
        yield from (
            "",
            f"## {one.manifest.id}",
            "",
            f"**{one.manifest.title}.** {one.manifest.summary}",
            "",
        )
        yield f"- {said.terms} Described at <{said.docs}>."
        yield from _facts(one.manifest)


def _facts(one: ChannelManifest) -> Iterator[str]:
    yield f"- {one.status}, version {one.version}; up to TLP:{one.ceiling} where the organization does not say"
    if one.hosts:
        yield f"- Contacts: {names(one.hosts)}"
    if one.secrets:
        yield f"- Secrets: {names(one.secrets)}"
    for name, option in sorted(one.options.items()):
        yield option_line(name, option)
