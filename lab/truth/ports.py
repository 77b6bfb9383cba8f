"""What a perfect collector of open ports and greetings finds."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from graph.model.base import Fact
from graph.model.network import HasPort, IPAddress, NetworkService
from graph.model.software import Runs, SoftwareProduct, SoftwareRelease
from lab.truth.facts import Oracle
from lab.world import World

GREETED = ("ssh", "smtp", "ftp", "redis", "mysql")


def connect(world: World, target: IPAddress) -> Iterator[Fact]:
    """Every open TCP port of an address."""
    host = world.company.host_at(ipaddress.ip_address(target.key))
    for port in host.services if host else ():
        yield HasPort(
            source=target,
            target=NetworkService(transport="tcp", address=target.key, port=port),
        )


def greet(world: World, target: NetworkService) -> Iterator[Fact]:
    """What a service says it is."""
    host = world.company.host_at(ipaddress.ip_address(target.address))
    plan = host.services.get(target.port) if host else None
    if plan is None or plan.speaks not in GREETED:
        return
    yield target
    for software in plan.runs:
        yield Runs(source=target, target=software_of(software))


def software_of(text: str) -> SoftwareRelease | SoftwareProduct:
    """The software that `part:vendor:product¦version` (or without version) names."""
    product, _, version = text.partition("¦")
    return (
        SoftwareRelease(product=product, version=version)
        if version
        else SoftwareProduct(product=product)
    )


ORACLES: Mapping[str, Oracle] = {
    "tcp.connect": Oracle(("IPAddress",), connect),
    "tcp.banner": Oracle(("NetworkService",), greet),
}
