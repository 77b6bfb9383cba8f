"""Rules of what may be looked at, as people write them: read, and asked whether they cover something. Pure.

orrery.example         the name and all below it
=orrery.example        the name alone
192.0.2.9  192.0.2.0/24  2001:db8::/32
AS64500, or whatever else names an entity: that alone, and the host that it is a part of
country:DE  organization:Example Ltd  provider:Example Networks    see server.configuration.places
port:25  port:8000-8100    whatever answers on these ports, of any host
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph.errors import Refused
from graph.model.base import Entity
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.registry import detect
from graph.model.web import URL
from server.configuration.places import Place, place_of, read_place

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS = re.compile(r"^port:(\d{1,5})(?:-(\d{1,5}))?$")


@dataclass(frozen=True)
class Alone:
    """A name without those below it."""

    name: DomainName


@dataclass(frozen=True)
class Ports:
    """Ports from the first to the last, of whatever host."""

    first: int
    last: int


Rule = Entity | Alone | Ports | Place


def read_rule(text: str) -> Rule:
    """A rule from its text. Raises Refused saying what would be right."""
    text = text.strip()
    if text.startswith("="):
        found = detect(text[1:])
        if not isinstance(found, DomainName):
            raise Refused("a rule", text, "after `=` a domain name is right")
        return Alone(found)
    if text.startswith("port:"):
        return _ports(text)
    return read_place(text) or detect(text)


def _ports(text: str) -> Ports:
    said = _PORTS.match(text)
    first, last = (int(said[1]), int(said[2] or said[1])) if said else (0, 0)
    if not 1 <= first <= last <= 65_535:
        raise Refused("a rule", text, "port:25 or port:8000-8100 is right, from 1 to 65535")
    return Ports(first, last)


def bounds(rule: Rule) -> bool:
    """Whether to include it means to leave out all else: ports, and places that are far too large to be looked at."""
    return isinstance(rule, Ports) or (isinstance(rule, Place) and rule.bounds)


def named_by(rule: Rule) -> list[Entity]:
    """The entities that a rule names."""
    if isinstance(rule, (Ports, Place)):
        return []
    return [rule.name if isinstance(rule, Alone) else rule]


@dataclass(frozen=True)
class Rules:
    """What a list of rules covers: names with all below them, names alone, networks, ports, places, and other keys."""

    names: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    ports: tuple[Ports, ...] = ()
    places: frozenset[Place] = frozenset()
    keys: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Rules:
        """A domain name covers all below it, a range its addresses, everything else itself."""
        names: set[str] = set()
        alone: set[str] = set()
        networks: list[Network] = []
        ports: list[Ports] = []
        places: set[Place] = set()
        keys: set[tuple[str, str]] = set()
        for rule in rules:
            if isinstance(rule, Alone):
                alone.add(rule.name.key)
                continue
            if isinstance(rule, Ports):
                ports.append(rule)
                continue
            if isinstance(rule, Place):
                places.add(rule)
                continue
            if isinstance(rule, AutonomousSystem):
                places.add(place_of(rule))
            if not isinstance(rule, (DomainName, Netblock, IPAddress)):
                keys.add((rule.label, rule.key))
            if host := host_of(rule):
                names.add(host) if _is_name(host) else networks.append(ipaddress.ip_network(host))
        return cls(
            frozenset(names),
            frozenset(alone),
            tuple(networks),
            tuple(ports),
            frozenset(places),
            frozenset(keys),
        )

    def cover(self, entity: Entity) -> bool:
        """Whether the rules name `entity` or what it is a part of."""
        if (entity.label, entity.key) in self.keys or self.cover_port(port_of(entity)):
            return True
        host = host_of(entity)
        return bool(host) and self.cover_host(host)

    def cover_host(self, host: str) -> bool:
        """Whether the rules cover a name, an address or a range."""
        if _is_name(host):
            parts = host.split(".")
            return host in self.alone or any(
                ".".join(parts[i:]) in self.names for i in range(len(parts))
            )
        block = ipaddress.ip_network(host)
        return any(
            block.version == n.version and block.subnet_of(n)  # type: ignore[arg-type]
            for n in self.networks
        )

    def cover_port(self, port: int | None) -> bool:
        """Whether the rules cover a port, of whatever host."""
        return port is not None and any(each.first <= port <= each.last for each in self.ports)


def host_of(entity: Entity) -> str:
    """The name, address or range that an entity is or is a part of; empty where it has none."""
    if isinstance(entity, (DomainName, IPAddress, Netblock)):
        return entity.key
    if isinstance(entity, NetworkService):
        return entity.address
    if isinstance(entity, URL):
        return entity.host or ""
    return ""


def port_of(entity: Entity) -> int | None:
    """The port on which a service or a page is reached."""
    return entity.port if isinstance(entity, (NetworkService, URL)) else None


def _is_name(host: str) -> bool:
    return "/" not in host and not is_address(host)


def is_address(text: str) -> bool:
    """Whether a host is an address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
