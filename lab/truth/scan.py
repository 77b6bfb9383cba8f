"""A perfect scan: from the seeds on, every collector asked about everything in scope."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from graph.facts import Content
from graph.model.base import Entity, Fact
from graph.model.network import AutonomousSystem, DomainName, IPAddress, NetworkService
from graph.model.registry import detect
from graph.model.web import URL
from lab.truth import certificates, names, ports, registries, sites, sources
from lab.truth.facts import Facts, Node, Oracle, node_of
from lab.truth.sites import icon_mmh3
from lab.world import World

ORACLES: Mapping[str, Oracle] = {
    collector: oracle
    for area in (names, registries, certificates, ports, sites, sources)
    for collector, oracle in area.ORACLES.items()
}
PLACEHOLDER = re.compile(r"\{(spki|mmh3):([\w-]+)\}")


class Truth:
    """What is true of a world.

    In scope are the company's names, the addresses they have within the lab and the systems that
    these are routed by, what answers there, and what is served under the company's names.
    """

    def __init__(self, world: World, oracles: Mapping[str, Oracle] = ORACLES) -> None:
        self.world = world
        self.oracles = oracles
        self._known: dict[tuple[str, Node], list[Fact]] = {}

    def answer(self, collector: str, about: Entity) -> Facts:
        """What `collector` finds about one entity; nothing if it does not take such entities."""
        return Facts.of(self._facts(collector, about))

    def of(self, collector: str) -> Facts:
        """All that `collector` finds in a perfect scan."""
        found = Facts()
        for about in self.scanned:
            found |= Facts.of(self._asked(collector, about))
        return found

    @cached_property
    def scanned(self) -> tuple[Entity, ...]:
        """Every entity in scope that is reached from the seeds, in the order of being reached."""
        waiting: list[Entity] = [detect(seed) for seed in self.world.company.seeds]
        reached: dict[Node, Entity] = {}
        while waiting:
            entity = waiting.pop(0)
            if node_of(entity) in reached or not self.is_own(entity):
                continue
            reached[node_of(entity)] = entity
            found = [fact for each in self.oracles for fact in self._asked(each, entity)]
            waiting.extend(Content.of(found).entities.values())
        return tuple(reached.values())

    @cached_property
    def facts(self) -> Facts:
        """All that a perfect scan finds, with what keys imply."""
        asked = ((each, about) for about in self.scanned for each in self.oracles)
        content = Content.of([fact for each, about in asked for fact in self._asked(each, about)])
        return Facts.of([*content.entities.values(), *content.relationships.values()])

    @cached_property
    def findings(self) -> Mapping[str, frozenset[Node]]:
        """By rule, the subjects it must raise a finding about, and no others."""
        return self._subjects(self.world.company.findings)

    @cached_property
    def later_findings(self) -> Mapping[str, frozenset[Node]]:
        """The same for rules whose collectors do not exist yet."""
        return self._subjects(self.world.company.later)

    def _subjects(self, plan: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[Node]]:
        return {
            rule: frozenset(self._subject(text) for text in subjects)
            for rule, subjects in plan.items()
        }

    def _subject(self, text: str) -> Node:
        kind, _, key = PLACEHOLDER.sub(self._value, text).partition(" ")
        return kind, key

    def _value(self, match: re.Match[str]) -> str:
        if match[1] == "mmh3":
            return icon_mmh3(match[2])
        return self.world.certificates.issued[match[2]].spki_sha256

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        """The addresses within the lab that the company's names have."""
        owners = (owner for zone in self.world.zones.values() for owner in zone.data.nodes)
        names_ = (owner.to_text(omit_final_dot=True).removeprefix("*.") for owner in owners)
        own = (DomainName(name=name) for name in names_ if self.world.company.is_own(name))
        found = (node for name in own for node in self.answer("dns.resolve", name).entities)
        addresses = {ipaddress.ip_address(key) for kind, key in found if kind == "IPAddress"}
        return frozenset(str(a) for a in addresses if self.world.company.host_at(a))

    def is_own(self, entity: Entity) -> bool:
        """Whether an entity is in scope."""
        if isinstance(entity, DomainName):
            return self.world.company.is_own(entity.key)
        if isinstance(entity, IPAddress):
            return entity.key in self.own_addresses
        if isinstance(entity, NetworkService):
            return entity.address in self.own_addresses
        if isinstance(entity, AutonomousSystem):  # it is reached from an own address only
            return entity.number in self.world.company.systems
        return isinstance(entity, URL) and self.world.company.is_own(entity.host or "")

    def _asked(self, collector: str, about: Entity) -> list[Fact]:
        """What it finds in a scan: nothing where whoever is asked before it can answer."""
        if self.oracles[collector].is_answered(self.world, about):
            return []
        return self._facts(collector, about)

    def _facts(self, collector: str, about: Entity) -> list[Fact]:
        where = collector, node_of(about)
        if where not in self._known:
            oracle = self.oracles[collector]
            is_taken = about.label in oracle.consumes
            has_role = not oracle.needs or oracle.needs in about.roles()
            answer = oracle.answer(self.world, about) if is_taken and has_role else ()
            self._known[where] = list(answer)
        return self._known[where]
