"""drip.addresses: the same addresses each time, some of them shared by many names."""

from __future__ import annotations

import hashlib
import select
from collections.abc import Iterator

from collectors._kit.base import Collector, DnsRequest, Request, Response
from graph.model.base import Entity, Fact
from graph.model.network import DomainName, IPAddress
from graph.model.resolution import ResolvesTo

TAKES_S = 0.02


class Addresses(Collector):
    """Blocks for a while at each name: what it does then is in hand for long enough to be killed."""

    id = "drip.addresses"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question whose answer does not matter."""
        yield DnsRequest(target.key, "A")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Two addresses of 64."""
        # time.sleep() fails where libfaketime makes clocks wrong.
        select.select((), (), (), TAKES_S)
        first, second = hashlib.sha256(target.key.encode()).digest()[:2]
        for last in sorted({first % 32, 32 + second % 32}):
            yield ResolvesTo(
                source=DomainName(name=target.key),
                target=IPAddress(address=f"203.0.113.{last}"),
                rrtype="A",
            )
