"""Answers queries as an authoritative name server does, for the zones whose servers it is one of.

Pure: a query in, a response out; `server` carries them. It never asks anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from lab.naming.lookup import Found, find
from lab.naming.zones import Zone, Zones, closest

PAYLOAD_BYTES = 1232
MAX_ALIASES = 8
TRANSFER_CHUNK = 60  # records a message
DNSSEC_TYPES = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC})


@dataclass(frozen=True)
class Authority:
    """One name server: the zones it holds, and whether it gives them away whole."""

    held: Zones
    everywhere: Zones
    gives_transfers: bool = False

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The response to `query`; transfers are `transfer`'s work and refused here."""
        response = new_response(query)
        if (rcode := unanswerable(query)) is not None:
            response.set_rcode(rcode)
            return response
        question = query.question[0]
        zone = closest(self.held, _holder(self.held, question.name, question.rdtype))
        if zone is None or question.rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR):
            response.set_rcode(dns.rcode.REFUSED)
            return response
        found = self._follow(zone, question.name, question.rdtype)
        if not found.is_referral:
            response.flags |= dns.flags.AA
        fill(response, found, wants_dnssec(query))
        return response

    def transfer(self, query: dns.message.Message) -> Iterator[dns.message.Message]:
        """The zone that `query` asks for by AXFR, in messages; or one refusal."""
        zone = self.held.get(query.question[0].name) if query.question else None
        if zone is None or not self.gives_transfers:
            response = new_response(query)
            response.set_rcode(dns.rcode.REFUSED)
            yield response
            return
        records = list(_records(zone))
        for start in range(0, len(records), TRANSFER_CHUNK):
            response = new_response(query)
            response.flags |= dns.flags.AA
            response.answer = records[start : start + TRANSFER_CHUNK]
            yield response

    def _follow(self, zone: Zone, name: dns.name.Name, rdtype: int) -> Found:
        """What the held zones say, along aliases as far as they are held."""
        found = whole = find(zone, name, rdtype, self.everywhere)
        for _ in range(MAX_ALIASES):
            if found.alias is None or (target := closest(self.held, found.alias)) is None:
                break
            found = find(target, found.alias, rdtype, self.everywhere)
            join(whole, found)
        return whole


def new_response(query: dns.message.Message) -> dns.message.Message:
    """An empty response, with EDNS if the query had it."""
    response = dns.message.make_response(query, our_payload=PAYLOAD_BYTES)
    response.flags &= ~(dns.flags.RA | dns.flags.AD)
    return response


def unanswerable(query: dns.message.Message) -> dns.rcode.Rcode | None:
    """Why `query` cannot be answered at all, or None."""
    if query.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(query.question) != 1:
        return dns.rcode.FORMERR
    if query.question[0].rdclass != dns.rdataclass.IN:
        return dns.rcode.REFUSED
    return None


def wants_dnssec(query: dns.message.Message) -> bool:
    """Whether the DO bit asks for signatures."""
    return bool(query.ednsflags & dns.flags.DO)


def join(whole: Found, further: Found) -> None:
    """Add to `whole` what was found behind an alias."""
    whole.answer += further.answer
    if further.is_referral:
        return
    whole.authority += further.authority
    whole.rcode = further.rcode


def fill(response: dns.message.Message, found: Found, with_dnssec: bool) -> None:
    """Put what was found into `response`, without signatures and proofs nobody asked for."""
    asked = response.question[0].rdtype
    response.set_rcode(found.rcode)
    for section, rrsets in (
        (response.answer, found.answer),
        (response.authority, found.authority),
        (response.additional, found.additional),
    ):
        for rrset in rrsets:
            is_wanted = rrset.rdtype not in DNSSEC_TYPES or with_dnssec or rrset.rdtype == asked
            if is_wanted and rrset not in section:
                section.append(rrset)


def _holder(held: Zones, name: dns.name.Name, rdtype: int) -> dns.name.Name:
    """The name whose zone answers: for DS the parent's, where this server holds it."""
    if rdtype == dns.rdatatype.DS and name != dns.name.root and closest(held, name.parent()):
        return name.parent()
    return name


def _records(zone: Zone) -> Iterator[dns.rrset.RRset]:
    """Every record set of the zone, between its SOA and its SOA."""
    start = zone.rrset(zone.origin, dns.rdatatype.SOA)
    assert start is not None, "zones are made with a SOA"  # noqa: S101
    yield start
    for name, node in sorted(zone.data.nodes.items()):
        for rdataset in node.rdatasets:
            if rdataset.rdtype != dns.rdatatype.SOA:
                yield dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
    yield start
