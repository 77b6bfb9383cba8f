"""Who routes which addresses: blocks within blocks, announcements, upstream networks."""

from __future__ import annotations

from typing import ClassVar

from graph.model.base import Relationship, Standard, prop
from graph.model.network import AutonomousSystem, IPAddress, Netblock
from graph.model.values.text import Moment


class Contains(Relationship):
    """A block holds a smaller block or an address."""

    type: ClassVar[str] = "CONTAINS"
    forward: ClassVar[str] = "contains"
    backward: ClassVar[str] = "containedIn"
    standard: ClassVar[Standard] = Standard(stix="contains", oam="contains")

    source: Netblock
    target: Netblock | IPAddress


class Announces(Relationship):
    """An autonomous system tells other networks that it delivers to this block."""

    type: ClassVar[str] = "ANNOUNCES"
    forward: ClassVar[str] = "announces"
    backward: ClassVar[str] = "announcedBy"
    standard: ClassVar[Standard] = Standard(oam="announces")

    source: AutonomousSystem
    target: Netblock
    valid_from: Moment | None = prop(
        "When a routing source first saw the announcement.", example="2026-01-31T12:00:00Z"
    )
    valid_to: Moment | None = prop(
        "When a routing source last saw the announcement.", example="2026-02-28T12:00:00Z"
    )


class UpstreamOf(Relationship):
    """An autonomous system carries another's traffic to the rest of the Internet."""

    type: ClassVar[str] = "UPSTREAM_OF"
    forward: ClassVar[str] = "upstreamOf"
    backward: ClassVar[str] = "upstreams"

    source: AutonomousSystem
    target: AutonomousSystem
