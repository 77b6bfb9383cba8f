"""What a perfect RDAP or WHOIS collector finds about names, addresses and system numbers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Literal

from graph.model.base import Fact
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.network import AutonomousSystem, DomainName, IPAddress, Netblock
from graph.model.party import LegalEntity
from graph.model.registration import (
    AbuseContact,
    ContactRecord,
    DomainRegistration,
    HasRegistration,
    Identifies,
    NetworkRegistration,
    Registrant,
    SponsoredBy,
    TechContact,
)
from graph.model.routing import Contains
from lab.company import Party, Registration, is_within
from lab.truth.facts import Oracle
from lab.world import World

# Documentation ranges were never handed to a regional registry.
REGISTRY_OF_NUMBERS: Literal["iana"] = "iana"


def rdap_domain(world: World, target: DomainName) -> Iterator[Fact]:
    """The registration in the registry of names, with its registrar and contacts."""
    plan = world.company.registrations.get(target.key)
    if plan is None or plan.whois:
        return
    registration, registry = _registration(target.key, plan), target.key.rpartition(".")[2]
    registrar = world.company.parties[plan.registrar]
    yield _sponsored(registration, registrar)
    abuse = ContactRecord(source=registry, handle=f"{registrar.handle}-ABUSE")
    yield AbuseContact(source=registration, target=abuse)
    yield from _identified(abuse, registrar)
    if plan.registrant:
        holder = world.company.parties[plan.registrant]
        contact = ContactRecord(source=registry, handle=holder.handle)
        yield Registrant(source=registration, target=contact)
        yield TechContact(source=registration, target=contact)
        yield from _identified(contact, holder)


def whois_domain(world: World, target: DomainName) -> Iterator[Fact]:
    """The registration in the words of port 43."""
    plan = world.company.registrations.get(target.key)
    if plan is None:
        return
    registration, registry = _registration(target.key, plan), target.key.rpartition(".")[2]
    registrar = world.company.parties[plan.registrar]
    yield _sponsored(registration, registrar)
    abuse = ContactRecord(email=registrar.email, phone=registrar.phone)
    yield AbuseContact(source=registration, target=abuse)
    yield Identifies(source=abuse, target=EmailAddress(address=registrar.email))
    yield Identifies(source=abuse, target=PhoneNumber(number=registrar.phone))
    if plan.registrant:
        holder = world.company.parties[plan.registrant]
        contact = ContactRecord(source=registry, handle=holder.handle)
        yield Registrant(source=registration, target=contact)
        yield from _identified(contact, holder)


def rdap_ip(world: World, target: IPAddress | Netblock) -> Iterator[Fact]:
    """The registered block around an address."""
    asked = ipaddress.ip_network(target.key)
    for network, allocation in world.company.networks.items():
        if not is_within(asked, network):
            continue
        block = Netblock(cidr=str(network))
        registration = NetworkRegistration(registry=REGISTRY_OF_NUMBERS, handle=allocation.handle)
        yield HasRegistration(source=block, target=registration)
        if target.key != block.key:
            yield Contains(source=block, target=target)
        yield from _holder(registration, world.company.parties[allocation.party])


def rdap_asn(world: World, target: AutonomousSystem) -> Iterator[Fact]:
    """The registration of a system number."""
    system = world.company.systems.get(target.number)
    if system is None:
        return
    registration = NetworkRegistration(registry=REGISTRY_OF_NUMBERS, handle=f"AS{target.key}")
    yield HasRegistration(source=target, target=registration)
    yield from _holder(registration, world.company.parties[system.party])


def _in_rdap(target: DomainName) -> bool:
    """Whether there is a registry to ask by RDAP: of `.test` there is none."""
    return target.key.rpartition(".")[2] == "example"


def _registration(domain: str, plan: Registration) -> DomainRegistration:
    return DomainRegistration(domain=domain, registry_id=plan.handle)


def _sponsored(registration: DomainRegistration, registrar: Party) -> Fact:
    return SponsoredBy(source=registration, target=LegalEntity(name=registrar.name))


def _holder(registration: NetworkRegistration, party: Party) -> Iterator[Fact]:
    contact = ContactRecord(source=REGISTRY_OF_NUMBERS, handle=party.handle)
    yield Registrant(source=registration, target=contact)
    yield AbuseContact(source=registration, target=contact)
    yield from _identified(contact, party)


def _identified(contact: ContactRecord, party: Party) -> Iterator[Fact]:
    company = LegalEntity(name=party.name, jurisdiction=party.country)
    for found in (company, EmailAddress(address=party.email), PhoneNumber(number=party.phone)):
        yield Identifies(source=contact, target=found)


ORACLES: Mapping[str, Oracle] = {
    "rdap.domain": Oracle(("DomainName",), rdap_domain, needs="Apex"),
    "rdap.ip": Oracle(("IPAddress", "Netblock"), rdap_ip),
    "rdap.asn": Oracle(("AutonomousSystem",), rdap_asn),
    "whois.domain": Oracle(
        ("DomainName",), whois_domain, needs="Apex", is_answered=lambda _, name: _in_rdap(name)
    ),
}
