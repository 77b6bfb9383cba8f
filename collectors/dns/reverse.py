"""dns.reverse: the names that the holder of an address gives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import ClassVar, cast

from collectors._kit.base import Collector, DnsRequest, DnsResponse, Request, Response
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import PointsTo


class Reverse(Collector):
    """Looks an address up in the reverse zone."""

    id: ClassVar[str] = "dns.reverse"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question; addresses of private networks have no public reverse zone."""
        address = cast(IPAddress, target)
        if address.is_global or address.address_space == "documentation":
            yield DnsRequest(ip_address(address.key).reverse_pointer, "PTR")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The names, whichever owner an alias in the reverse zone leads to (RFC 2317)."""
        for record in cast(DnsResponse, response).answers:
            if record.rrtype == "PTR":
                with suppress(Refused):  # reverse zones hold all sorts of text
                    yield PointsTo(source=target, target=DomainName(name=record.value))
