"""tls.handshake: the certificates that a service shows, and the versions it still speaks.

Two handshakes: one with everything on offer, one with nothing newer than TLS 1.1. Whether to trust
what is shown is not decided here. A service seen under a server name is asked under that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, cast

from collectors._kit.base import Collector, Request, Response, TlsRequest, TlsResponse
from collectors._kit.x509 import certificate_facts, describe, load
from graph.model.base import Entity, Fact
from graph.model.certificate import Covers, IssuedBy, Presents
from graph.model.network import NetworkService

# Ports whose protocols greet in the clear, or wait for words that are no TLS.
PLAIN_PORTS = frozenset(
    {21, 22, 23, 25, 43, 53, 80, 110, 111, 143, 389, 587, 3306, 5432, 6379, 11211}
)


class Handshake(Collector):
    """Shakes hands twice."""

    id: ClassVar[str] = "tls.handshake"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One handshake with all versions and one with old ones."""
        service = cast(NetworkService, target)
        if service.transport != "tcp" or service.port in PLAIN_PORTS:
            return
        name = service.server_name or ""
        yield TlsRequest(service.address, service.port, name)
        yield TlsRequest(service.address, service.port, name, "TLSv1.1", part="old_versions")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What the service shows; a refusal shows nothing."""
        answer = cast(TlsResponse, response)
        if answer.refusal:
            return
        service = cast(NetworkService, target)
        if answer.request.part == "old_versions":
            yield _seen(service, answer)
            return
        yield _seen(service, answer)
        for position, der in enumerate(answer.chain):
            certificate = describe(load(der))
            yield Presents(source=service, target=certificate, chain_position=position)
            # What an issuer's certificate covers says nothing about this service.
            yield from (
                fact
                for fact in certificate_facts(der)
                if position == 0 or not isinstance(fact, Covers)
            )
        yield from _issuers(answer.chain)


def _seen(service: NetworkService, answer: TlsResponse) -> NetworkService:
    is_first = answer.request.part == ""
    return NetworkService(
        transport=service.transport,
        address=service.address,
        port=service.port,
        server_name=service.server_name,
        is_tls=True,
        tls_versions=(answer.protocol,),
        tls_ciphers=(answer.cipher,) if is_first and answer.cipher else (),
        alpn_protocols=(answer.alpn,) if is_first and answer.alpn else (),
    )


def _issuers(chain: tuple[bytes, ...]) -> Iterator[IssuedBy]:
    """Who issued whom, where a chain is in order; servers also send what does not belong."""
    certificates = [load(der) for der in chain]
    for one, above in pairwise(certificates):
        if one.issuer == above.subject and one != above:
            yield IssuedBy(source=describe(one), target=describe(above))
