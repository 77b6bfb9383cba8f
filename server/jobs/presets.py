"""What a scan may do and whom it asks, in words that people choose. To add a preset, add it here."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from collectors._kit.manifest import ActivityClass, CollectorManifest


@dataclass(frozen=True)
class Preset:
    """Collectors up to a class; `collectors` are their names, or patterns of these."""

    summary: str
    highest: ActivityClass
    collectors: tuple[str, ...] = ("*",)

    def allows(self, manifest: CollectorManifest) -> bool:
        """Whether a collector is among them."""
        return manifest.activity <= self.highest and self.names(manifest)

    def names(self, manifest: CollectorManifest) -> bool:
        """Whether it is meant, whatever its class."""
        return any(fnmatch.fnmatchcase(manifest.id, each) for each in self.collectors)


PRESETS: Mapping[str, Preset] = MappingProxyType({
    "passive": Preset("Ask third parties only; the target notices nothing.", "P0"),
    "footprint": Preset("Also ask the Domain Name System.", "P1"),
    "attack-surface": Preset("Also connect to the target, politely.", "P2"),
    "deep": Preset("Also look for open ports and read banners.", "P3"),
    "mail-posture": Preset(
        "Who handles the mail of domains, and whether it can be forged.",
        "P1",
        ("dns.records", "dns.mailauth", "dns.resolve", "rdap.domain", "whois.domain"),
    ),
    "certificates": Preset(
        "Names in public logs of certificates, and which of them are in use.",
        "P1",
        ("ct.*", "dns.resolve", "dns.wildcard"),
    ),
    "infrastructure-pivot": Preset(
        "From addresses and names to whom they belong, what lies beside them, and what is said of them.",
        "P1",
        ("dns.resolve", "dns.reverse", "rdap.*", "whois.*", "geo.*", "ct.*", "rep.*"),
    ),
    "web": Preset(
        "Sites: what they are made of, lead to and show of themselves.",
        "P2",
        ("dns.resolve", "tls.*", "http.*"),
    ),
})  # fmt: skip

USUAL = "attack-surface"


def highest_of(names: Iterable[str]) -> ActivityClass:
    """The highest class that presets allow together."""
    return max(PRESETS[name].highest for name in names)


def why_none_allows(names: Iterable[str], manifest: CollectorManifest) -> str:
    """Why none of some presets allows a collector; empty where one does."""
    chosen = {name: PRESETS[name] for name in names}
    if any(preset.allows(manifest) for preset in chosen.values()):
        return ""
    meaning = [name for name, preset in chosen.items() if preset.names(manifest)]
    if not meaning:
        return f"it is none of those of preset {' or '.join(chosen)}"
    return (
        f"it is of class {manifest.activity}, and preset {' or '.join(meaning)} allows up to "
        f"{highest_of(meaning)}"
    )
