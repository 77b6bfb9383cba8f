"""Finds what one zone says about a name and type: RFC 1034 4.3.2, RFC 4592, RFC 4035 3.1.

Pure: no message, no socket. An authoritative server and a resolver make different messages of it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from lab.naming.zones import Zone, Zones, addresses_of, ancestors

NS, DS, SOA = dns.rdatatype.NS, dns.rdatatype.DS, dns.rdatatype.SOA
CNAME, NSEC, RRSIG, ANY = (
    dns.rdatatype.CNAME,
    dns.rdatatype.NSEC,
    dns.rdatatype.RRSIG,
    dns.rdatatype.ANY,
)
WILDCARD = dns.name.Name([b"*"])


@dataclass
class Found:
    """What a zone says. `alias` is where a CNAME leads; a referral is authoritative for nothing."""

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    answer: list[dns.rrset.RRset] = field(default_factory=list)
    authority: list[dns.rrset.RRset] = field(default_factory=list)
    additional: list[dns.rrset.RRset] = field(default_factory=list)
    alias: dns.name.Name | None = None
    is_referral: bool = False


def find(zone: Zone, name: dns.name.Name, rdtype: int, zones: Zones) -> Found:
    """What `zone` says about `name`, signatures and proofs included; `zones` gives the glue."""
    cut = _cut_above(zone, name, rdtype)
    if cut is not None:
        return _referral(zone, cut, zones)
    if name in zone.existing:
        return _at(zone, name, name, rdtype)
    encloser = next(above for above in ancestors(name.parent()) if above in zone.existing)
    wildcard = WILDCARD.concatenate(encloser)
    if wildcard in zone.existing:
        found = _at(zone, wildcard, name, rdtype)
        found.authority += _covering(zone, [name])
        return found
    proofs = _covering(zone, [name, wildcard])
    return Found(dns.rcode.NXDOMAIN, authority=[*_start_of_authority(zone), *proofs])


def _cut_above(zone: Zone, name: dns.name.Name, rdtype: int) -> dns.name.Name | None:
    """The delegation that `name` lies under; the DS of a delegated name is the parent's."""
    cuts = [above for above in ancestors(name) if above in zone.cuts]
    return None if cuts == [name] and rdtype == DS else (cuts[-1] if cuts else None)


def _referral(zone: Zone, cut: dns.name.Name, zones: Zones) -> Found:
    found = Found(is_referral=True, authority=_rrsets(zone, cut, cut, [NS]))
    secure = _rrsets(zone, cut, cut, [DS])
    found.authority += secure or _rrsets(zone, cut, cut, [NSEC])
    for server in sorted(zone.rrset(cut, NS) or (), key=str):
        if server.target.is_subdomain(zone.origin):
            found.additional += addresses_of(zones, server.target)
    return found


def _at(zone: Zone, owner: dns.name.Name, name: dns.name.Name, rdtype: int) -> Found:
    """The answer from the records of `owner`, said of `name` (which a wildcard may stand for)."""
    if rdtype == ANY:
        node = zone.data.nodes.get(owner)
        types = sorted({rdataset.rdtype for rdataset in node.rdatasets}) if node else []
        answer = _rrsets(zone, owner, name, [t for t in types if t != RRSIG])
    else:
        answer = _rrsets(zone, owner, name, [rdtype])
    if answer:
        return Found(answer=answer)
    if alias := zone.rrset(owner, CNAME):
        return Found(answer=_rrsets(zone, owner, name, [CNAME]), alias=alias[0].target)
    proof = _rrsets(zone, owner, owner, [NSEC]) or _covering(zone, [owner])
    return Found(authority=[*_start_of_authority(zone), *proof])


def _start_of_authority(zone: Zone) -> list[dns.rrset.RRset]:
    """The SOA for a negative answer; its time to live is the one for such answers."""
    return _rrsets(zone, zone.origin, zone.origin, [SOA])


def _rrsets(
    zone: Zone, owner: dns.name.Name, name: dns.name.Name, types: Iterable[int]
) -> list[dns.rrset.RRset]:
    """The records of `owner` with their signatures, renamed to `name`."""
    pairs = ((zone.rrset(owner, t), zone.rrset(owner, RRSIG, t)) for t in types)
    found = [rrset for pair in pairs if pair[0] is not None for rrset in pair if rrset is not None]
    for rrset in found:
        rrset.name = name
    return found


def _covering(zone: Zone, names: Iterable[dns.name.Name]) -> list[dns.rrset.RRset]:
    """The NSEC records that prove that none of `names` has records; each once."""
    owners: dict[dns.name.Name, None] = {}
    for name in names if zone.denials else ():
        owners[zone.denials[bisect.bisect_right(zone.denials, name) - 1]] = None
    return [rrset for owner in owners for rrset in _rrsets(zone, owner, owner, [NSEC])]
