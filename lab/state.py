"""The state file: how others find a running lab. `docs/lab.md` describes its form."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.company import NETWORKS, Address
from lab.outside.feeds import feed_url
from lab.world import World

VERSION = 1


@dataclass
class State:
    """What the state file says."""

    company: str
    today: str
    seeds: list[str]
    ca_file: str
    trust_anchor: str
    files: dict[str, str]
    feeds: list[dict[str, str]]
    certificates: dict[str, dict[str, str]]
    resolvers: list[str] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)
    networks: list[str] = field(default_factory=lambda: list(NETWORKS))
    pid: int = field(default_factory=os.getpid)
    version: int = VERSION

    def write(self, path: Path) -> None:
        """Put the file there whole, or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{self.pid}")
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


def route_key(address: Address, port: int, transport: str) -> str:
    """How a lab address and port are written in `routes`."""
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"{host}:{port}/{transport}"


def describe_feeds(world: World, files: dict[str, str]) -> list[dict[str, str]]:
    """The block lists as `rep.feeds` wants to hear of them: where they are, and in which form."""
    return [
        {
            "slug": slug,
            "title": feed.title,
            "url": "" if feed.local else feed_url(slug),
            "path": files[slug] if feed.local else "",
            "format": feed.format,
            "polarity": feed.polarity,
        }
        for slug, feed in world.company.feeds.items()
    ]


def describe_certificates(world: World) -> dict[str, dict[str, str]]:
    """Hashes and dates of every certificate, by its name in the company file."""
    return {
        name: {
            "sha256": issued.sha256,
            "spki_sha256": issued.spki_sha256,
            "not_before": issued.leaf.not_valid_before_utc.isoformat(),
            "not_after": issued.leaf.not_valid_after_utc.isoformat(),
        }
        for name, issued in world.certificates.issued.items()
    }
