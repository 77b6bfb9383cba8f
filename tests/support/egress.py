"""A way out for tests: policy and channels as in use, to a lab of one address on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collectors._kit.dialing import Endpoint, RoutedDialer
from collectors._kit.egress import Channels, Egress
from collectors._kit.limits import CircuitBreaker, Retry
from collectors._kit.manifest import CollectorManifest
from collectors._kit.policy import AddressPolicy, networks
from collectors._kit.protocols.dns import DnsChannel
from collectors._kit.protocols.files import FileChannel
from collectors._kit.protocols.http import HttpChannel, verifying_context
from collectors._kit.protocols.tcp import TcpChannel
from collectors._kit.protocols.tls import TlsChannel
from collectors._kit.resolvers import fixed
from tests.support.loopback import DnsServer, dns_server

LAB = networks(["192.0.2.0/24"])
ZONE = {
    ("site.example.", "A"): ["192.0.2.1"],
    ("inside.example.", "A"): ["127.0.0.1"],
    ("cloud.example.", "A"): ["169.254.169.254"],
    ("mixed.example.", "A"): ["10.0.0.1", "192.0.2.1"],
    ("six.example.", "AAAA"): ["::ffff:127.0.0.1"],
}


def manifest(**changes: object) -> CollectorManifest:
    return CollectorManifest.model_validate(
        {
            "id": "test.one",
            "title": "A collector of the tests",
            "summary": "Asks what the test wants.",
            "consumes": ["DomainName"],
            "produces": ["DomainName"],
            "class": "P2",
            "reliability": 0.5,
            "version": 1,
            "timeout_s": 5,
            "rate": {"source_per_s": 1000, "host_per_s": 1000},
            **changes,
        }
    )


class World:
    """An egress to a lab of one address, whose port 80 the test serves."""

    def __init__(self, resolver: DnsServer, resolver_port: int) -> None:
        self.resolver = resolver
        self.routes: dict[tuple[str, int, str], Endpoint] = {}
        self.slept: list[float] = []
        dialer = RoutedDialer(self.routes, LAB)
        self.egress = Egress(
            Channels(
                DnsChannel(dialer, fixed(Endpoint("127.0.0.1", resolver_port)), 1),
                HttpChannel(dialer, "tests", verifying_context()),
                TlsChannel(dialer),
                TcpChannel(dialer),
                FileChannel(),
            ),
            AddressPolicy(LAB),
            breaker=CircuitBreaker(threshold=4),
            retry=Retry(attempts=3, first_s=1, random=lambda: 1.0),
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def serve(self, port: int) -> None:
        self.routes["192.0.2.1", 80, "tcp"] = Endpoint("127.0.0.1", port)


@asynccontextmanager
async def opened() -> AsyncIterator[World]:
    """A world whose names our own resolver knows."""
    resolver = DnsServer(ZONE)
    async with dns_server(resolver) as port:
        yield World(resolver, port)
