"""What a perfect DNS collector finds, read off the zones' records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import dns.name
import dns.rdatatype
import dns.reversename

from graph.model.base import Fact
from graph.model.network import DomainName, IPAddress, Netblock
from graph.model.record import DNSRecord
from graph.model.resolution import (
    AllowsSender,
    CnameTo,
    DelegatedTo,
    MailHandledBy,
    PointsTo,
    ResolvesTo,
    SrvTo,
)
from lab.company import dns_name
from lab.naming.zones import ROOT, addresses_of, closest
from lab.truth.facts import Oracle
from lab.world import World

ADDRESS_TYPES: tuple[Literal["A"], Literal["AAAA"]] = ("A", "AAAA")
RECORD_TYPES = ("TXT", "SOA", "CAA", "HTTPS")
MAIL_NAMES = ("_dmarc", "default._domainkey", "_mta-sts", "_smtp._tls")
WILDCARD = dns.name.Name([b"*"])
MAX_ALIASES = 8


def resolve(world: World, target: DomainName) -> Iterator[Fact]:
    """Aliases and addresses."""
    name = dns_name(target.key)
    for _ in range(MAX_ALIASES):
        for rrtype in ADDRESS_TYPES:
            for record in records(world, name, rrtype):
                yield ResolvesTo(
                    source=_domain(name), target=IPAddress(address=record.address), rrtype=rrtype
                )
        aliases = records(world, name, "CNAME")
        if not aliases:
            break
        yield CnameTo(source=_domain(name), target=_domain(aliases[0].target))
        name = aliases[0].target


def all_records(world: World, target: DomainName) -> Iterator[Fact]:
    """Servers, mail hosts, and the records that point to no host."""
    name = dns_name(target.key)
    for record in records(world, name, "NS"):
        yield DelegatedTo(source=_domain(name), target=_domain(record.target))
    for record in records(world, name, "MX"):
        if record.exchange != ROOT:
            yield MailHandledBy(
                source=_domain(name),
                target=_domain(record.exchange),
                preference=record.preference,
            )
    for rrtype in RECORD_TYPES:
        yield from _published(world, name, rrtype)


def mail_policy(world: World, target: DomainName) -> Iterator[Fact]:
    """The records that say who may send mail, and what to do with the rest."""
    name = dns_name(target.key)
    for label in MAIL_NAMES:
        yield from _published(world, dns_name(f"{label}.{target.key}"), "TXT")
    for text in _texts(world, name):
        if text.startswith("v=spf1"):
            yield DNSRecord(owner=target.key, rrtype="TXT", value=text)
    yield from _senders(world, name)


def reverse(world: World, target: IPAddress) -> Iterator[Fact]:
    """The names that the reverse zone gives the address."""
    for record in records(world, dns.reversename.from_address(target.key), "PTR"):
        yield PointsTo(source=target, target=_domain(record.target))


def wildcard(world: World, target: DomainName) -> Iterator[Fact]:
    """The name itself, where every name below it exists; else nothing."""
    if records(world, dns_name(f"x.{target.key}"), "A"):
        yield DomainName(name=target.key, has_wildcard=True)


def services(world: World, target: DomainName) -> Iterator[Fact]:
    """The hosts of services that SRV records name."""
    apex = dns_name(target.key)
    zone = closest(world.zones, apex)
    for owner in zone.data.nodes if zone and zone.origin == apex else ():
        for record in records(world, owner, "SRV"):
            yield SrvTo(
                source=_domain(apex),
                target=_domain(record.target),
                service=owner.relativize(apex).to_text(),
                port=record.port,
                priority=record.priority,
            )


def transferred(world: World, target: DomainName) -> Iterator[Fact]:
    """The whole zone, where one of its name servers hands it to anybody."""
    zone = world.zones.get(dns_name(target.key))
    if zone is None or not any(_hands_out(world, server) for server in zone.servers()):
        return
    for owner, node in zone.data.nodes.items():
        if owner.labels and owner.labels[0] == b"*":
            continue
        for rdataset in node.rdatasets:
            for record in rdataset:
                yield from _transferred(zone.origin, owner, record)


def _hands_out(world: World, server: dns.name.Name) -> bool:
    addresses = {r.address for rrset in addresses_of(world.zones, server) for r in rrset}
    return any(
        service.transfers and addresses & {str(address) for address in host.addresses}
        for host in world.company.hosts.values()
        for service in host.services.values()
    )


def _transferred(origin: dns.name.Name, owner: dns.name.Name, record: Any) -> Iterator[Fact]:
    """What one record of a zone states, as far as the graph has a place for it."""
    source, rrtype = _domain(owner), dns.rdatatype.to_text(record.rdtype)
    if rrtype in ADDRESS_TYPES:
        yield ResolvesTo(source=source, target=IPAddress(address=record.address), rrtype=rrtype)
    elif rrtype == "CNAME":
        yield CnameTo(source=source, target=_domain(record.target))
    elif rrtype == "NS":
        yield DelegatedTo(source=source, target=_domain(record.target))
    elif rrtype == "MX" and record.exchange != ROOT:
        target = _domain(record.exchange)
        yield MailHandledBy(source=source, target=target, preference=record.preference)
    elif rrtype == "SRV":
        yield SrvTo(
            source=_domain(origin),
            target=_domain(record.target),
            service=owner.relativize(origin).to_text(),
            port=record.port,
            priority=record.priority,
        )
    elif rrtype in RECORD_TYPES:
        yield DNSRecord(owner=source.key, rrtype=rrtype, value=record.to_text())


def records(world: World, name: dns.name.Name, rrtype: str) -> list[Any]:
    """The records that a validating resolver gives for `name` itself, wildcards applied."""
    zone = closest(world.zones, name)
    if zone is None or is_bogus(world, name):
        return []
    owner = name
    if name not in zone.existing:
        while owner not in zone.existing:
            owner = owner.parent()
        owner = WILDCARD.concatenate(owner)
    return list(zone.rrset(owner, dns.rdatatype.from_text(rrtype)) or ())


def is_bogus(world: World, name: dns.name.Name) -> bool:
    """Whether the zone of `name` fails validation, so that resolvers answer SERVFAIL."""
    plan = world.company.zones.get(_zone_name(world, name))
    return plan is not None and plan.dnssec == "expired"


def _zone_name(world: World, name: dns.name.Name) -> str:
    zone = closest(world.zones, name)
    return zone.origin.to_text(omit_final_dot=True) if zone else ""


def _published(world: World, name: dns.name.Name, rrtype: str) -> Iterator[Fact]:
    owner = name.to_text(omit_final_dot=True)
    texts = [record.to_text() for record in records(world, name, rrtype)]
    values = _texts(world, name) if rrtype == "TXT" else texts
    for value in values:
        yield DNSRecord(owner=owner, rrtype=rrtype, value=value)


def _texts(world: World, name: dns.name.Name) -> list[str]:
    return [b"".join(r.strings).decode() for r in records(world, name, "TXT")]


def _senders(world: World, name: dns.name.Name) -> Iterator[Fact]:
    """The SPF record's blocks and names, those of its includes after them."""
    for text in _texts(world, name):
        if not text.startswith("v=spf1"):
            continue
        for term in text.split()[1:]:
            sort, _, value = term.partition(":")
            if sort in ("ip4", "ip6"):
                yield AllowsSender(source=_domain(name), target=Netblock(cidr=value))
            elif sort == "include":
                yield AllowsSender(source=_domain(name), target=DomainName(name=value))
                yield from _senders(world, dns_name(value))


def _domain(name: dns.name.Name) -> DomainName:
    return DomainName(name=name.to_text(omit_final_dot=True))


ORACLES: Mapping[str, Oracle] = {
    "dns.resolve": Oracle(("DomainName",), resolve),
    "dns.records": Oracle(("DomainName",), all_records),
    "dns.mailauth": Oracle(("DomainName",), mail_policy, needs="Apex"),
    "dns.reverse": Oracle(("IPAddress",), reverse),
    "dns.wildcard": Oracle(("DomainName",), wildcard),
    "dns.axfr": Oracle(("DomainName",), transferred, needs="Apex"),
    "dns.srv": Oracle(("DomainName",), services, needs="Apex"),
}
