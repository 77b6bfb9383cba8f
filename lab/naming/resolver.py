"""Answers queries as a validating recursive resolver does, for every name of the lab.

It looks into the zones instead of asking their servers, and it is the end of the world: a name
that no zone of the lab has does not exist. Validation is real, from the root zone's key down.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import dns.dnssec
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from lab.naming.authority import MAX_ALIASES, fill, join, new_response, unanswerable, wants_dnssec
from lab.naming.lookup import Found, find
from lab.naming.zones import ROOT, Zone, Zones, closest


class Security(enum.Enum):
    """What validation says of a zone (RFC 4035 4.3)."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"


@dataclass
class Resolver:
    """A resolver over `zones`, which holds signatures against the moment `now` (a POSIX time)."""

    zones: Zones
    now: float
    _known: dict[dns.name.Name, Security] = field(default_factory=dict)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The response to `query`."""
        response = new_response(query)
        response.flags |= dns.flags.RA
        if (rcode := unanswerable(query)) is not None:
            response.set_rcode(rcode)
            return response
        question = query.question[0]
        if question.rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR):
            response.set_rcode(dns.rcode.REFUSED)
            return response
        found, security = self._resolve(question.name, question.rdtype)
        if security is Security.BOGUS and not query.flags & dns.flags.CD:
            response.set_rcode(dns.rcode.SERVFAIL)
            if query.edns >= 0:
                code = dns.edns.EDECode.DNSSEC_BOGUS
                response.use_edns(0, 0, query.payload, options=[dns.edns.EDEOption(code)])
            return response
        fill(response, found, wants_dnssec(query))
        asks_for_verdict = wants_dnssec(query) or query.flags & dns.flags.AD
        if security is Security.SECURE and asks_for_verdict:
            response.flags |= dns.flags.AD
        return response

    def transfer(self, query: dns.message.Message) -> list[dns.message.Message]:
        """A resolver gives no zones away."""
        return [self.answer(query)]

    def _resolve(self, name: dns.name.Name, rdtype: int) -> tuple[Found, Security]:
        """What the zones say along all aliases, and the weakest verdict on the way."""
        whole, verdicts = Found(), set()
        for _ in range(MAX_ALIASES):
            zone = self._zone_for(name, rdtype)
            found = find(zone, name, rdtype, self.zones)
            if found.is_referral:  # a delegation to servers that nobody runs
                return Found(dns.rcode.SERVFAIL), Security.INSECURE
            verdicts.add(self._security_of(zone))
            join(whole, found)
            if found.alias is None:
                break
            name = found.alias
        for verdict in (Security.BOGUS, Security.INSECURE):
            if verdict in verdicts:
                return whole, verdict
        return whole, Security.SECURE

    def _zone_for(self, name: dns.name.Name, rdtype: int) -> Zone:
        is_parents = rdtype == dns.rdatatype.DS and name != ROOT and name in self.zones
        zone = closest(self.zones, name.parent() if is_parents else name)
        assert zone is not None, "the root zone holds every name"  # noqa: S101
        return zone

    def _security_of(self, zone: Zone) -> Security:
        if zone.origin not in self._known:
            self._known[zone.origin] = self._judge(zone)
        return self._known[zone.origin]

    def _judge(self, zone: Zone) -> Security:
        """Validate the zone's key by its DS, and its SOA by the key, if all above is secure."""
        if zone.origin != ROOT:
            parent = closest(self.zones, zone.origin.parent())
            above = Security.SECURE if parent is None else self._security_of(parent)
            if above is not Security.SECURE or zone.ds is None:
                return above if above is not Security.SECURE else Security.INSECURE
        return Security.SECURE if is_valid(zone, self.now) else Security.BOGUS


def is_valid(zone: Zone, now: float) -> bool:
    """Whether the zone's key fits its DS, and its signatures over key and SOA hold at `now`."""
    origin = zone.origin
    keys = zone.rrset(origin, dns.rdatatype.DNSKEY)
    if keys is None or zone.ds is None:
        return False
    if dns.dnssec.make_ds(origin, keys[0], zone.ds.digest_type) != zone.ds:
        return False
    for rdtype in (dns.rdatatype.DNSKEY, dns.rdatatype.SOA):
        rrset = zone.rrset(origin, rdtype)
        signatures = zone.rrset(origin, dns.rdatatype.RRSIG, rdtype)
        if rrset is None or signatures is None:
            return False
        try:
            dns.dnssec.validate(rrset, signatures, {origin: keys}, now=now)
        except dns.exception.ValidationFailure:
            return False
    return True
