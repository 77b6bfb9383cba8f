"""dns.records: what a name publishes beside addresses.

Each record type is a part of its own. Only records of the name itself are stated: where it is an
alias, its target's records are for the target to tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, DnsRequest, DnsResponse, Request, Response
from collectors.dns.text import meaning_of
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName
from graph.model.record import DNSRecord
from graph.model.resolution import DelegatedTo, DnameTo, MailHandledBy

RRTYPES = ("NS", "MX", "TXT", "SOA", "CAA", "HTTPS", "SVCB", "DNAME")


class Records(Collector):
    """Asks for each record type in turn."""

    id: ClassVar[str] = "dns.records"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question for each type."""
        for rrtype in RRTYPES:
            yield DnsRequest(target.key, rrtype, part=rrtype)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """Hosts as relationships, other data as records."""
        answer = cast(DnsResponse, response)
        for record in answer.answers:
            if record.name == target.key and record.rrtype == answer.request.rrtype:
                with suppress(Refused):  # what a zone holds need not be a host name
                    yield fact_of(record.name, record.rrtype, record.value)


def fact_of(owner: str, rrtype: str, value: str) -> Fact:
    """What one record states. Raises Refused for data that names nothing."""
    source = DomainName(name=owner)
    if rrtype == "NS":
        return DelegatedTo(source=source, target=DomainName(name=value))
    if rrtype == "DNAME":
        return DnameTo(source=source, target=DomainName(name=value))
    if rrtype == "MX":
        preference, _, host = value.partition(" ")
        # A lone dot says that the name takes no mail (RFC 7505); as a host name it is refused.
        target = DomainName(name=host)
        return MailHandledBy(source=source, target=target, preference=int(preference))
    return (
        text_fact(owner, value)
        if rrtype == "TXT"
        else DNSRecord(owner=owner, rrtype=rrtype, value=value)
    )


def text_fact(owner: str, value: str, **more: object) -> DNSRecord:
    """A text record, with what it means."""
    joined = DNSRecord(owner=owner, rrtype="TXT", value=value).value or ""
    meaning = {**meaning_of(joined), **more}
    return DNSRecord(owner=owner, rrtype="TXT", value=value, **meaning)
