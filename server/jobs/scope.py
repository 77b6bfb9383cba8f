"""What a run may look at, decided from rules and distances. Pure; each decision has a reason.

Distance counts hops from what is included. Parts of a host (its services and pages) are as far as the host. Ports,
countries and providers that are included add nothing: they bound what is contacted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from graph.model.base import Entity, name_id
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock, NetworkService
from graph.model.web import URL
from server.configuration.places import NOWHERE, Known, exclusion, lies_in, outside
from server.configuration.rules import Rules, bounds, host_of, is_address, port_of, read_rule
from server.jobs.spec import ScanSpec


def is_part(entity: Entity) -> bool:
    """Whether an entity is a part of a host: a service or a page."""
    return isinstance(entity, (NetworkService, URL))


def host_ids(org: str, hosts: Iterable[str]) -> list[str]:
    """The ids of the entities that hosts may be, sorted: each as a name and as an address."""
    labels = (DomainName.__name__, IPAddress.__name__)
    return sorted(name_id(org, label, host) for host in hosts for label in labels)


def is_by_name(entity: Entity) -> bool:
    """Whether an entity is a name, or a part of a host that is known by its name."""
    host = host_of(entity)
    return bool(host) and "/" not in host and not is_address(host)


@dataclass
class Scope:
    """One run's scope: only within the `bounds`, where those say anything. `reached` are the hosts in it so far."""

    include: Rules
    exclude: Rules
    max_distance: int
    contact_distance: int = 0
    bounds: Rules = field(default_factory=Rules)
    reached: dict[str, int] = field(default_factory=dict)  # with their distances

    @classmethod
    def of(cls, spec: ScanSpec, never: Iterable[str] = ()) -> Scope:
        """The scope a specification asks for, without what may `never` be looked at, whoever asks.

        Raises Refused for a rule that cannot be read.
        """
        include = [read_rule(rule) for rule in spec.scope.include]
        own = Rules.of(rule for rule in include if not bounds(rule))
        if own == Rules():
            # A network that is a seed is looked at; what lies in it is included only where somebody says so.
            own = replace(Rules.of(spec.seed_entities()), places=frozenset())
        return cls(
            own,
            Rules.of(read_rule(rule) for rule in (*spec.scope.exclude, *never)),
            spec.scope.max_distance,
            spec.scope.contact_distance,
            Rules.of(rule for rule in include if bounds(rule)),
        )

    def distance(self, entity: Entity, source_distance: int, known: Known = NOWHERE) -> int | None:
        """How far `entity` is, found from something at `source_distance`; None if out of scope.

        `known` is where an address or a range lies.
        """
        if self.exclude.cover(entity) or not self._has_port(port_of(entity)):
            return None
        if self.include.cover(entity) or lies_in(self.include.places, known):
            return 0
        host = host_of(entity)
        if host and is_part(entity):
            distance = self.reached.get(host, source_distance + 1)
        elif isinstance(entity, (DomainName, IPAddress, Netblock, AutonomousSystem)) or not host:
            distance = source_distance + 1
        else:
            distance = source_distance
        return distance if distance <= self.max_distance else None

    def take(self, entity: Entity, distance: int) -> None:
        """Remember that `entity` is in scope."""
        if host := host_of(entity):
            self.reached[host] = min(distance, self.reached.get(host, distance))

    def is_decided(self, host: str) -> bool:
        """Whether the rules alone, or what is remembered, tell about `host`."""
        rules = self.exclude.cover_host(host) or self.include.cover_host(host)
        return rules or host in self.reached

    def refusal(self, host: str, port: int | None = None) -> str:
        """Why a collector may not contact `host` directly, on a port where that is known; empty if it may."""
        if self.exclude.cover_host(host):
            return f"{host} is excluded from the scan"
        if self.exclude.cover_port(port):
            return f"port {port} is excluded from the scan"
        if not self._has_port(port):
            return f"port {port} is none of those that the scan includes"
        return "" if self.include.cover_host(host) else self._too_far(host)

    def _too_far(self, host: str) -> str:
        distance = self.reached.get(host)
        if distance is None:
            return f"{host} is not in the scan's scope"
        if distance > self.contact_limit(host):
            hops = "1 hop" if distance == 1 else f"{distance} hops"
            return f"{host} is somebody else's: {hops} from what the scan includes"
        return ""

    @property
    def asks_where(self) -> bool:
        """Whether it depends on where a host lies whether it may be contacted."""
        return bool(self.exclude.places or self.bounds.places)

    def exclusion(self, address: str, known: Known) -> str:
        """Why an address is contacted under no name, by what is known of where it lies; empty if it may be."""
        if self.exclude.cover_host(address):
            return f"{address} is excluded from the scan"
        out = outside(address, self.bounds.places, known)
        return out or exclusion(address, self.exclude.places, known)

    def _has_port(self, port: int | None) -> bool:
        """Whether the bounds leave a port in; None for what has none."""
        return port is None or not self.bounds.ports or self.bounds.cover_port(port)

    def contact_limit(self, host: str) -> int:
        """How far `host` may be to be contacted: the scan's own names lie on addresses that are a hop away."""
        return self.contact_distance + is_address(host)
