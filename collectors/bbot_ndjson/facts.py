"""What each type of BBOT's events states, as facts to be made: one short function a type.

Events that are guesses, raw material or secrets have no entry, so they are told as unmapped: what
somebody's password is has no place in the graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from collectors.bbot_ndjson.event import Event, is_address
from graph.errors import Refused
from graph.model.affiliation import LocatedAt
from graph.model.base import Entity, Fact
from graph.model.cloud import CloudResource, CloudTenant, UsesCloud
from graph.model.contact import EmailAddress, UserAccount, Username
from graph.model.linkage import HasFingerprint, RedirectsTo
from graph.model.network import (
    AutonomousSystem,
    DomainName,
    HasPort,
    IPAddress,
    Netblock,
    NetworkService,
)
from graph.model.place import Location
from graph.model.record import DNSRecord
from graph.model.resolution import CnameTo, DelegatedTo, PointsTo, ResolvesTo
from graph.model.routing import Announces
from graph.model.software import (
    HasVulnerability,
    Runs,
    SoftwareProduct,
    SoftwareRelease,
    Vulnerability,
)
from graph.model.values.software import cpe_of
from graph.model.web import URL, Fingerprint

Make = Callable[[], Fact]
CVE = re.compile(r"CVE-\d{4}-\d{4,10}", re.IGNORECASE)
STATUS = re.compile(r"status-(\d{3})")
WILDCARD = "_wildcard."  # how BBOT writes that any name below resolves
PROVIDERS = {
    "amazon": "aws",
    "google": "gcp",
    "firebase": "firebase",
    "microsoft": "azure",
    "azure": "azure",
    "digitalocean": "digitalocean",
    "hetzner": "hetzner",
}


def _name(event: Event) -> Iterator[Make]:
    name = event.text or event.host
    if name.startswith(WILDCARD):
        yield lambda: DomainName(name=name.removeprefix(WILDCARD), has_wildcard=True)
        return
    is_known = event.type == "DNS_NAME" and (event.records("A") or event.records("AAAA"))
    status = "resolves" if is_known else None
    yield lambda: DomainName(name=name, dns_status=status)
    for rrtype in ("A", "AAAA"):
        for value in event.records(rrtype):
            yield partial(_resolves, name, value, rrtype)
    for value in event.records("CNAME"):
        yield partial(_between, CnameTo, name, value)
    for value in event.records("NS"):
        yield partial(_between, DelegatedTo, name, value)


def _resolves(name: str, address: str, rrtype: str) -> Fact:
    return ResolvesTo(
        source=DomainName(name=name), target=IPAddress(address=address), rrtype=rrtype
    )


def _between(link: type[CnameTo | DelegatedTo], name: str, other: str) -> Fact:
    return link(source=DomainName(name=name), target=DomainName(name=other))


def _address(event: Event) -> Iterator[Make]:
    yield lambda: IPAddress(address=event.text)
    for name in event.records("PTR"):
        yield lambda name=name: PointsTo(  # type: ignore[misc]
            source=IPAddress(address=event.text), target=DomainName(name=name)
        )


def _port(event: Event) -> Iterator[Make]:
    """A port of an address; of a name only where the name has one address that it can be of."""
    host, _, port = event.text.rpartition(":")
    host = host.strip("[]")
    addresses = (host,) if is_address(host) else event.addresses
    transport = "udp" if event.type == "OPEN_UDP_PORT" else "tcp"

    def service() -> NetworkService:
        if len(addresses) != 1:
            reason = f"{host} has {len(addresses)} addresses, so it is open whose port this is"
            raise Refused("a network service", event.text, reason)
        return NetworkService(transport=transport, address=addresses[0], port=port, state="open")

    yield service
    if not is_address(host) and len(addresses) == 1:
        yield lambda: HasPort(source=DomainName(name=host), target=service())


def _url(event: Event) -> Iterator[Make]:
    found = next((m[1] for tag in sorted(event.tags) if (m := STATUS.fullmatch(tag))), None)
    address = event.text or event.said("url")
    yield lambda: URL(url=address, status=int(found) if found else None)


def _response(event: Event) -> Iterator[Make]:
    def page() -> URL:
        return URL(
            url=event.said("url"),
            status=event.data.get("status_code"),
            title=event.said("title") or None,
            server=event.said("webserver") or None,
            media_type=event.said("content_type").partition(";")[0] or None,
        )

    yield page
    location, status = event.said("location"), event.data.get("status_code")
    if "://" in location and isinstance(status, int) and 300 <= status < 400:
        yield lambda: RedirectsTo(source=page(), target=URL(url=location), status=status)
    if icon := event.said("favicon"):
        yield lambda: HasFingerprint(
            source=page(), target=Fingerprint(method="favicon_mmh3", value=icon)
        )


def _system(event: Event) -> Iterator[Make]:
    number = event.said("asn") or event.text

    def system() -> AutonomousSystem:
        return AutonomousSystem(
            number=number,
            name=event.said("name") or None,
            holder=event.said("description") or None,
        )

    yield system
    subnets = event.data.get("subnets")
    for cidr in subnets if isinstance(subnets, list) else filter(None, [event.said("subnet")]):
        yield lambda cidr=cidr: Announces(  # type: ignore[misc]
            source=system(), target=Netblock(cidr=cidr)
        )


def _technology(event: Event) -> Iterator[Make]:
    words, url = event.said("technology", "waf"), event.said("url")
    where = url or event.host
    if where and words:
        yield lambda: Runs(source=_place(where), target=_software(words))


def _place(where: str) -> URL | IPAddress:
    if "://" in where:
        return URL(url=where)
    if is_address(where):
        return IPAddress(address=where)
    raise Refused("a page or an address", where, "a name by itself runs no software")


def _software(words: str) -> SoftwareProduct | SoftwareRelease:
    if not words.startswith("cpe:"):
        return SoftwareProduct(product=words, name=words)
    known = cpe_of(words)
    product = f"{known.part}:{known.vendor}:{known.product}"
    if known.version:
        return SoftwareRelease(product=product, version=known.version)
    return SoftwareProduct(product=product)


def _protocol(event: Event) -> Iterator[Make]:
    if len(event.addresses) == 1 and event.said("port"):
        yield lambda: NetworkService(
            transport="tcp",
            address=event.addresses[0],
            port=event.said("port"),
            service_name=event.said("protocol").lower() or None,
            banner=event.said("banner") or None,
            state="open",
        )


def _finding(event: Event) -> Iterator[Make]:
    """The vulnerabilities that a finding names; that it is a finding is for rules to say."""
    where = event.said("url") or next(iter(event.addresses), "")
    told = f"{event.said('name')} {event.said('description')}"
    for cve in sorted({each.upper() for each in CVE.findall(told)}) if where else ():
        yield lambda cve=cve: HasVulnerability(  # type: ignore[misc]
            source=_place(where), target=Vulnerability(identifier=cve)
        )


def _bucket(event: Event) -> Iterator[Make]:
    words = {str(event.body.get("module", "")), *event.tags}
    provider = next((p for word, p in PROVIDERS.items() if any(word in w for w in words)), "")
    yield lambda: CloudResource(
        provider=provider,
        resource_type="bucket",
        name=event.said("name"),
        is_listable=True if "open-bucket" in event.tags else None,
    )


def _account(event: Event) -> Iterator[Make]:
    yield lambda: UserAccount(
        platform=event.said("platform"),
        handle=event.said("profile_name") or event.said("url").rstrip("/").rpartition("/")[2],
        profile_url=event.said("url") or None,
    )


def _tenant(event: Event) -> Iterator[Make]:
    def tenant() -> CloudTenant:
        return CloudTenant(provider="azure", tenant_id=event.said("tenant-id", "tenant_id"))

    yield tenant
    domains = event.data.get("domains")
    for name in domains if isinstance(domains, list) else ():
        yield lambda name=name: UsesCloud(  # type: ignore[misc]
            source=DomainName(name=name), target=tenant()
        )


def _location(event: Event) -> Iterator[Make]:
    code = event.said("country_code", "country_code2").upper()
    address = event.said("ip") or next(iter(event.addresses), "")
    if code and address:
        yield lambda: LocatedAt(
            source=IPAddress(address=address),
            target=Location(place=f"country:{code}", country=code),
        )


def _record(event: Event) -> Iterator[Make]:
    yield lambda: DNSRecord(owner=event.host, rrtype=event.said("type"), value=event.said("answer"))


def _one(make: Callable[[str], Entity]) -> Callable[[Event], Iterator[Make]]:
    """An event whose text is the whole of it."""
    return lambda event: iter([partial(make, event.text)])


FACTS: Mapping[str, Callable[[Event], Iterator[Make]]] = {
    "ASN": _system,
    "AZURE_TENANT": _tenant,
    "CODE_REPOSITORY": _url,
    "DNS_NAME": _name,
    "DNS_NAME_UNRESOLVED": _name,
    "EMAIL_ADDRESS": _one(lambda text: EmailAddress(address=text)),
    "FINDING": _finding,
    "GEOLOCATION": _location,
    "HTTP_RESPONSE": _response,
    "IP_ADDRESS": _address,
    "IP_RANGE": _one(lambda text: Netblock(cidr=text)),
    "OPEN_TCP_PORT": _port,
    "OPEN_UDP_PORT": _port,
    "PROTOCOL": _protocol,
    "RAW_DNS_RECORD": _record,
    "SOCIAL": _account,
    "STORAGE_BUCKET": _bucket,
    "TECHNOLOGY": _technology,
    "URL": _url,
    "URL_UNVERIFIED": _url,
    "USERNAME": _one(lambda text: Username(handle=text.rpartition(":")[2])),
    "VHOST": _one(lambda text: DomainName(name=text)),
    "VIRTUAL_HOST": lambda event: iter(
        [lambda: DomainName(name=event.said("virtual_host", "vhost"))]
    ),
    "VULNERABILITY": _finding,
    "WAF": _technology,
}
