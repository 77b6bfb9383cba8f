"""dns.axfr: whether a name server hands out its whole zone, and what is in it.

Each name server of the domain is a part of its own. A refusal is the usual answer, with nothing in
it. The servers are looked up even where the zone's signatures do not hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import (
    Collector,
    DnsRecord,
    DnsRequest,
    DnsResponse,
    Request,
    Response,
)
from collectors.dns.records import fact_of
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo, SrvTo

_STATED = frozenset({"NS", "MX", "TXT", "SOA", "CAA", "HTTPS", "SVCB", "DNAME"})


class Axfr(Collector):
    """Asks each name server for the zone."""

    id: ClassVar[str] = "dns.axfr"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The question for the domain's name servers."""
        yield DnsRequest(target.key, "NS", unchecked=True)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """From servers to their addresses to the zone to its records."""
        answer = cast(DnsResponse, response)
        records = [r for r in answer.answers if r.rrtype == answer.request.rrtype]
        if answer.request.rrtype == "NS":
            for record in records:
                yield DnsRequest(record.value, "A", unchecked=True, part=f"server:{record.value}")
        elif answer.request.rrtype == "A":
            for record in records:
                yield DnsRequest(target.key, "AXFR", server=record.value)
        else:
            yield from _zone(answer.answers, target)


def _zone(records: tuple[DnsRecord, ...], target: Entity) -> Iterator[Fact]:
    """What the records of a zone state; names outside it are not its to tell of."""
    for record in records:
        is_inside = record.name == target.key or record.name.endswith(f".{target.key}")
        if is_inside and not record.name.startswith("*."):
            with suppress(Refused):
                yield from _stated(record, target.key)


def _stated(record: DnsRecord, zone: str) -> Iterator[Fact]:
    owner, value = DomainName(name=record.name), record.value
    if record.rrtype in ("A", "AAAA"):
        yield ResolvesTo(source=owner, target=IPAddress(address=value), rrtype=record.rrtype)
    elif record.rrtype == "CNAME":
        yield CnameTo(source=owner, target=DomainName(name=value))
    elif record.rrtype == "SRV":
        priority, weight, port, host = value.split(" ")
        yield SrvTo(
            source=DomainName(name=zone),
            target=DomainName(name=host),
            service=record.name.removesuffix(f".{zone}"),
            port=int(port),
            priority=int(priority),
            weight=int(weight),
        )
    elif record.rrtype in _STATED:
        yield fact_of(record.name, record.rrtype, value)
