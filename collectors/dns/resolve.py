"""dns.resolve: what addresses a name has, and through which aliases.

Records are stated about the names that own them: an alias leads to its target by CNAME_TO, and the
target has the addresses. A name without addresses is an answer with nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, DnsRecord, DnsRequest, DnsResponse, Request, Response
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import CnameTo, ResolvesTo


class Resolve(Collector):
    """Looks a name up, for each version of IP apart."""

    id: ClassVar[str] = "dns.resolve"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question for each address type."""
        for rrtype in ("A", "AAAA"):
            yield DnsRequest(target.key, rrtype, part=rrtype)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """Aliases, addresses, and where the aliases end."""
        answer = cast(DnsResponse, response)
        aliases = [record for record in answer.answers if record.rrtype == "CNAME"]
        addresses = [r for r in answer.answers if r.rrtype == answer.request.rrtype]
        # An alias may lead through what is no host name; the rest of the answer stands.
        for record in aliases:
            with suppress(Refused):
                yield CnameTo(
                    source=DomainName(name=record.name), target=DomainName(name=record.value)
                )
        for record in addresses:
            with suppress(Refused):
                owner = DomainName(name=record.name, dns_status="resolves")
                address = IPAddress(address=record.value)
                yield ResolvesTo(source=owner, target=address, rrtype=record.rrtype)
        if aliases and answer.rcode == "NXDOMAIN":
            # The name asked for exists; what its aliases end at does not.
            with suppress(Refused):
                yield DomainName(name=_end_of(aliases, target.key), dns_status="nonexistent")


def _end_of(aliases: Iterable[DnsRecord], start: str) -> str:
    """The name that following `aliases` from `start` ends at."""
    steps = {record.name: record.value for record in aliases}
    name, walked = start, 0
    while name in steps and walked <= len(steps):
        name, walked = steps[name], walked + 1
    return name
