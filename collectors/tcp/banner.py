"""tcp.banner: what a service says when it is connected to, and the software that names.

It listens. The one thing it ever says is a request for its state to a Redis server, which waits
for the client to speak first; that it answers shows that no login is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, Request, Response, TcpRequest, TcpResponse
from collectors.tcp.greeting import Greeting, read_greeting
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.network import NetworkService
from graph.model.software import Runs, SoftwareProduct, SoftwareRelease

REDIS_PORTS = frozenset({6379, 6380, 16379})
# Their protocols wait for the client's first word, so that listening gives nothing.
SILENT_PORTS = frozenset(
    {53, 80, 443, 636, 993, 995, 3000, 3389, 5601, 6443, 8000, 8080, 8081, 8443, 8888, 9090, 9200}
)
_WAIT_S = 4.0


class Banner(Collector):
    """Reads a greeting."""

    id: ClassVar[str] = "tcp.banner"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One connection, except to ports where nobody greets."""
        service = cast(NetworkService, target)
        if service.transport != "tcp" or service.server_name or service.port in SILENT_PORTS:
            return
        words = b"INFO server\r\n" if service.port in REDIS_PORTS else b""
        yield TcpRequest(service.address, service.port, words, 4_096, _WAIT_S)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The service with what it says, and the software it runs."""
        greeting = read_greeting(cast(TcpResponse, response).data)
        if greeting is None:
            return
        service = _described(cast(NetworkService, target), greeting)
        yield service
        if greeting.product:
            product = SoftwareProduct(product=greeting.product, name=greeting.name)
            yield product
            yield Runs(source=service, target=_release(greeting) or product)


def _described(service: NetworkService, greeting: Greeting) -> NetworkService:
    return NetworkService(
        transport=service.transport,
        address=service.address,
        port=service.port,
        service_name=greeting.protocol,
        banner=greeting.text or None,
        product_name=greeting.name or None,
        product_version=greeting.version or None,
        authentication=greeting.authentication,
    )


def _release(greeting: Greeting) -> SoftwareRelease | None:
    """The release, where the greeting names a version that is one."""
    if not greeting.version:
        return None
    with suppress(Refused):
        return SoftwareRelease(product=greeting.product, version=greeting.version)
    return None
