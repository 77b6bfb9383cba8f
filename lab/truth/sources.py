"""What perfect collectors of the archive, the GeoIP database and the block lists find."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from graph.model.affiliation import LocatedAt
from graph.model.base import Fact
from graph.model.intelligence import Feed
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock
from graph.model.place import Location
from graph.model.routing import Announces, Contains
from graph.model.threat import ListedIn
from graph.model.web import URL
from lab.company import Feed as FeedPlan
from lab.company import Network, is_within
from lab.outside.archive import sort_key
from lab.truth.facts import Oracle
from lab.world import World

FAILED = 400


def archived(world: World, target: DomainName) -> Iterator[Fact]:
    """The addresses of a domain and below it that were kept as more than an error.

    The archive holds addresses that differ in scheme or `www.` for one, and names the first.
    """
    first: dict[str, str] = {}
    for capture in sorted(world.company.archive, key=lambda capture: capture.at):
        host = urlsplit(capture.url).hostname or ""
        is_below = host == target.key or host.endswith(f".{target.key}")
        if is_below and capture.status < FAILED:
            first.setdefault(sort_key(capture.url), capture.url)
    for url in first.values():
        yield URL(url=url)


def located(world: World, target: IPAddress) -> Iterator[Fact]:
    """The country of an address, and the range it is routed in."""
    address = ipaddress.ip_address(target.key)
    for network, allocation in world.company.networks.items():
        if address in network:
            place = Location(place=f"country:{allocation.country}")
            yield LocatedAt(source=target, target=place)
            block = Netblock(cidr=str(network))
            yield Announces(source=AutonomousSystem(number=allocation.system), target=block)
            yield Contains(source=block, target=target)


Listable = IPAddress | Netblock | DomainName | URL


def listed(world: World, target: Listable) -> Iterator[Fact]:
    """The lists that an address, a range, a name or a page is on."""
    for slug, feed in world.company.feeds.items():
        if _is_listed(feed, target):
            yield ListedIn(source=target, target=Feed(slug=slug))


def _is_listed(feed: FeedPlan, target: Listable) -> bool:
    if isinstance(target, DomainName | URL):
        return target.key in feed.lists
    asked = ipaddress.ip_network(target.key)
    ranges = (_range(value) for value in feed.lists)
    return any(is_within(asked, known) for known in ranges if known is not None)


def _range(value: str) -> Network | None:
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        return None


ORACLES: Mapping[str, Oracle] = {
    "archive.wayback": Oracle(("DomainName",), archived, needs="Apex"),
    "geo.mmdb": Oracle(("IPAddress",), located),
    "rep.feeds": Oracle(("IPAddress", "Netblock", "DomainName", "URL"), listed),
}
