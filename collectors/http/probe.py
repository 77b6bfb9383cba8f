"""http.probe: whether a name or a service has a web site, what it answers, and where it leads.

It asks for the front page by https and by http, and follows redirects on the same host only: other
hosts are looked at in their own right. Where a name has several addresses, the others are asked,
too, in parts of their own for each version of IP, since not every network reaches both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, cast
from urllib.parse import urlsplit

from collectors._kit.base import (
    Collector,
    DnsRequest,
    DnsResponse,
    HttpResponse,
    Request,
    Response,
)
from collectors._kit.policy import Place
from collectors._kit.x509 import certificate_facts
from collectors.http.asking import page_request, redirect_of
from collectors.http.description import described_url
from graph.model.base import Entity, Fact
from graph.model.certificate import Presents, TLSCertificate
from graph.model.linkage import RedirectsTo, Serves
from graph.model.network import NetworkService
from graph.model.web import URL

# Ports beside 80 and 443 on which sites are usual; 80 and 443 are asked by name.
WEB_PORTS = {
    3000: "http", 5601: "http", 8000: "http", 8008: "http", 8080: "http", 8081: "http",
    8443: "https", 8888: "http", 9000: "http", 9090: "http", 9200: "http", 15672: "http",
}  # fmt: skip
_MOST_HOPS = 4


class Probe(Collector):
    """Asks for front pages."""

    id: ClassVar[str] = "http.probe"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One page for each scheme of a name, one for a service on a usual web port."""
        if isinstance(target, NetworkService):
            scheme = WEB_PORTS.get(target.port)
            if scheme and target.transport == "tcp" and not target.server_name:
                host = f"[{target.address}]" if ":" in target.address else target.address
                yield page_request(f"{scheme}://{host}:{target.port}/", part=scheme)
            return
        for scheme in ("https", "http"):
            yield page_request(f"{scheme}://{target.key}/", part=scheme)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What answered, where it leads, and the other addresses to ask."""
        if isinstance(response, DnsResponse):
            yield from _other_addresses(response, target)
            return
        answer = cast(HttpResponse, response)
        if answer.closed:
            return
        url = described_url(answer)
        service = _service(answer)
        if "." in answer.request.part:  # another address, which tells nothing new of the page
            yield Serves(source=service, target=URL(url=url.key))
        else:
            yield Serves(source=service, target=url)
            yield from _onward(answer, url)
            if not answer.request.note and not isinstance(target, NetworkService):
                yield from _lookups(answer, target)
        yield from _shown(answer, service)


def _service(answer: HttpResponse) -> NetworkService:
    place = Place.of(answer.request.url)
    return NetworkService(
        transport="tcp",
        address=answer.address,
        port=place.port,
        state="open",
        is_tls=True if place.scheme == "https" else None,
    )


def _shown(answer: HttpResponse, service: NetworkService) -> Iterator[Fact]:
    """The certificate that was shown under this name, which a handshake without it may not show."""
    for der in answer.certificates[:1]:
        for fact in certificate_facts(der):
            yield fact
            if isinstance(fact, TLSCertificate):
                yield Presents(source=service, target=fact, chain_position=0)


def _onward(answer: HttpResponse, url: URL) -> Iterator[Fact | Request]:
    """The redirect, and the request that follows it on the same host."""
    place = redirect_of(answer)
    if place is None:
        return
    yield RedirectsTo(source=url, target=place, status=answer.status)
    hops = int(answer.request.note or 0) + 1
    if place.host == url.host and hops <= _MOST_HOPS:
        yield page_request(place.key, note=str(hops))


def _lookups(answer: HttpResponse, target: Entity) -> Iterator[Request]:
    scheme = urlsplit(answer.request.url).scheme
    for rrtype in ("A", "AAAA"):
        part = f"{scheme}.{rrtype.lower()}"
        yield DnsRequest(target.key, rrtype, part=part, note=answer.address)


def _other_addresses(response: DnsResponse, target: Entity) -> Iterator[Request]:
    scheme = response.request.part.partition(".")[0]
    for record in response.answers:
        if record.rrtype == response.request.rrtype and record.value != response.request.note:
            yield page_request(f"{scheme}://{target.key}/", connect_to=record.value)
