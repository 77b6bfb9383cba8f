"""Makes the lab's DNS zones: the company's, those of reverse names, and the registries' above them.

Delegations, glue, DS records and signatures are derived, so `company.yaml` only holds what an
administrator would write. Answering from the zones is the work of `lookup` and `authority`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import dns.dnssec
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.reversename
import dns.rrset
import dns.zone
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from lab.certificates import Certificates
from lab.company import Address, Company, dns_name
from lab.keys import p256_key

ROOT = dns.name.root
ROOT_SERVER = "a.roots.nic.example."
REGISTRY_SERVER = "a.nic.example."
TOP_LEVEL = ("example.", "test.")
TTL_S = 3600
ALGORITHM = "ECDSAP256SHA256"
SECURE_ENTRY = 0x0101  # a zone key that the parent's DS names
PLACEHOLDER = re.compile(r"\{(\w+):([\w-]+)\}")


@dataclass(frozen=True)
class Zone:
    """A zone as it is served, with the DS record its parent holds (none when it is unsigned)."""

    data: dns.zone.Zone
    ds: DS | None = None

    @property
    def origin(self) -> dns.name.Name:
        """The zone's own name."""
        assert self.data.origin is not None, "zones are made with an origin"  # noqa: S101
        return self.data.origin

    @cached_property
    def cuts(self) -> frozenset[dns.name.Name]:
        """The names below the origin that are delegated to other zones."""
        return frozenset(
            name
            for name, node in self.data.nodes.items()
            if name != self.origin and _has(node, dns.rdatatype.NS)
        )

    @cached_property
    def existing(self) -> frozenset[dns.name.Name]:
        """Every name that exists: those with records, and the empty ones above them."""
        below = (ancestors(name) for name in self.data.nodes)
        return frozenset(n for names in below for n in names if n.is_subdomain(self.origin))

    @cached_property
    def denials(self) -> list[dns.name.Name]:
        """The owners of NSEC records in canonical order; empty in an unsigned zone."""
        nodes = self.data.nodes.items()
        return sorted(name for name, node in nodes if _has(node, dns.rdatatype.NSEC))

    def rrset(
        self, name: dns.name.Name, rdtype: int, covers: int = dns.rdatatype.NONE
    ) -> dns.rrset.RRset | None:
        """The records of one name and type; with `covers`, the signatures over that type."""
        node = self.data.nodes.get(name)
        found = node and node.get_rdataset(
            dns.rdataclass.IN, dns.rdatatype.RdataType(rdtype), dns.rdatatype.RdataType(covers)
        )
        return dns.rrset.from_rdata_list(name, found.ttl, list(found)) if found else None

    def servers(self) -> frozenset[dns.name.Name]:
        """The names of the zone's servers, as the zone itself gives them."""
        return frozenset(
            record.target for record in self.rrset(self.origin, dns.rdatatype.NS) or ()
        )


Zones = Mapping[dns.name.Name, Zone]


def build_zones(company: Company, certificates: Certificates) -> dict[dns.name.Name, Zone]:
    """Every zone of the lab by its name, the root included."""
    texts = dict(_company_texts(company, certificates)) | dict(_reverse_texts(company))
    zones = {origin: _zone(company, origin, text) for origin, text in texts.items()}
    for name in TOP_LEVEL:
        zones[dns_name(name)] = _registry(company, dns_name(name), REGISTRY_SERVER, zones)
    zones[ROOT] = _registry(company, ROOT, ROOT_SERVER, zones)
    return zones


def ancestors(name: dns.name.Name) -> Iterator[dns.name.Name]:
    """`name` and every name above it, the root last."""
    while name != ROOT:
        yield name
        name = name.parent()
    yield ROOT


def closest(zones: Zones, name: dns.name.Name) -> Zone | None:
    """The zone with the longest name that is `name` or above it."""
    return next((zones[above] for above in ancestors(name) if above in zones), None)


def addresses_of(zones: Zones, name: dns.name.Name) -> list[dns.rrset.RRset]:
    """The address records of `name` in the zone it belongs to."""
    zone = closest(zones, name)
    found = [zone.rrset(name, t) for t in (dns.rdatatype.A, dns.rdatatype.AAAA)] if zone else []
    return [rrset for rrset in found if rrset is not None]


def reverse_zone_of(address: Address) -> dns.name.Name:
    """The zone of `address`'s reverse name: a /24 of IPv4, a /48 of IPv6."""
    depth = 6 if address.version == 4 else 15  # labels, the empty last one among them
    return dns.reversename.from_address(str(address)).split(depth)[1]


def _company_texts(
    company: Company, certificates: Certificates
) -> Iterator[tuple[dns.name.Name, str]]:
    def value(match: re.Match[str]) -> str:
        if match[1] != "spki":
            raise ValueError(f"zones: {match[0]} is not a placeholder; {{spki:NAME}} is")
        return certificates.issued[match[2]].spki_sha256

    for name, plan in company.zones.items():
        yield dns_name(name), PLACEHOLDER.sub(value, plan.records)


def _reverse_texts(company: Company) -> Iterator[tuple[dns.name.Name, str]]:
    lines: dict[dns.name.Name, list[str]] = defaultdict(list)
    for host in company.hosts.values():
        for address in host.addresses:
            zone = lines[reverse_zone_of(address)]
            if host.ptr:
                zone.append(f"{dns.reversename.from_address(str(address))} PTR {host.ptr}.")
    for origin, records in lines.items():
        yield origin, "\n".join([f"@ NS {REGISTRY_SERVER}", *records])


def _zone(company: Company, origin: dns.name.Name, text: str) -> Zone:
    data = _parse(origin, text)
    plan = company.zones.get(origin.to_text(omit_final_dot=True))
    if plan is None or plan.dnssec == "none":
        return Zone(data)
    return _signed(company, data, -32 if plan.dnssec == "expired" else -7)


def _parse(origin: dns.name.Name, text: str) -> dns.zone.Zone:
    """The zone in `text`, with a SOA record that names its first server."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = next((line.split()[2] for line in lines if line.split()[1] == "NS"), "")
    if not first:
        raise ValueError(f"zones: {origin} names no server (`@ NS …`)")
    soa = f"@ SOA {first} hostmaster 2024010101 7200 1800 1209600 {TTL_S}"
    whole = "\n".join([f"$TTL {TTL_S}", soa, *lines, ""])
    return dns.zone.from_text(whole, origin=origin, relativize=False)


def _signed(company: Company, data: dns.zone.Zone, first_day: int) -> Zone:
    """`data` signed for 31 days from `first_day` (counted from today)."""
    origin = data.origin or ROOT
    key = p256_key(f"dnssec {origin}")
    dnskey: DNSKEY = dns.dnssec.make_dnskey(key.public_key(), ALGORITHM, SECURE_ENTRY)
    dns.dnssec.sign_zone(
        data,
        keys=[(key, dnskey)],
        inception=company.day(first_day),
        expiration=company.day(first_day + 31),
    )
    return Zone(data, dns.dnssec.make_ds(origin, dnskey, "SHA256"))


def _registry(
    company: Company, origin: dns.name.Name, server: str, zones: Mapping[dns.name.Name, Zone]
) -> Zone:
    """A signed zone that only delegates: to each zone below it that no other registry holds."""
    data = _parse(origin, f"@ NS {server}")
    children = [zone for zone in zones.values() if _parent(zone.origin) == origin]
    for child in children:
        _add(data, child.origin, child.rrset(child.origin, dns.rdatatype.NS))
        if child.ds is not None:
            _add(data, child.origin, [child.ds])
    for target in {name for child in children for name in child.servers()} | {dns_name(server)}:
        if target.is_subdomain(origin):
            for rrset in addresses_of(zones, target):
                _add(data, target, rrset)
    return _signed(company, data, -7)


def _parent(name: dns.name.Name) -> dns.name.Name:
    tops = [dns_name(top) for top in TOP_LEVEL]
    return next((top for top in tops if name.is_subdomain(top) and name != top), ROOT)


def _add(
    data: dns.zone.Zone, name: dns.name.Name, records: Iterable[dns.rdata.Rdata] | None
) -> None:
    rdataset = dns.rdataset.from_rdata_list(TTL_S, list(records or ()))
    data.find_node(name, create=True).replace_rdataset(rdataset)


def _has(node: dns.node.Node, rdtype: dns.rdatatype.RdataType) -> bool:
    return any(rdataset.rdtype == rdtype for rdataset in node.rdatasets)
