"""What a perfect collector of web pages finds, read off the sites' parts."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import mmh3

from graph.model.base import Fact
from graph.model.contact import EmailAddress, PhoneNumber
from graph.model.linkage import (
    ContainsData,
    FormPostsTo,
    HasFingerprint,
    HasTracker,
    LinksTo,
    LoadsFrom,
    RedirectsTo,
    Serves,
)
from graph.model.network import DomainName, NetworkService
from graph.model.resolution import ResolvesTo
from graph.model.software import Runs
from graph.model.web import URL, Fingerprint, TrackingIdentifier
from lab.company import Address, Page, Site
from lab.truth.certificates import shown_to
from lab.truth.facts import Oracle
from lab.truth.names import resolve
from lab.truth.ports import software_of
from lab.web.icon import icon
from lab.world import World

PORTS = {"http": 80, "https": 443}
ANALYTICS = "google_analytics"
ROBOTS = "/robots.txt"
EXPOSED = {"/.git/HEAD", "/.env"}
# Files at agreed places, and how each names an address of the web.
AGREED = {
    "/.well-known/security.txt": re.compile(r"(?m)^(?:Contact|Canonical|Policy): (https:\S+)"),
    ROBOTS: re.compile(r"(?m)^(?:Disallow|Sitemap): (\S+)"),
    "/sitemap.xml": re.compile(r"<loc>(\S+)</loc>"),
}
MAILTO = re.compile(r"mailto:(\S+)")


@dataclass(frozen=True)
class Served:
    """What answers for a URL: where, which site, and its page (none is a 404)."""

    address: Address
    name: str
    site: Site
    page: Page | None

    @property
    def html(self) -> Page | None:
        """The page, if it is HTML that is shown."""
        return self.page if self.page is not None and self.page.is_html else None


def probe(world: World, target: DomainName) -> Iterator[Fact]:
    """The front page of each web port of a name, at each of its addresses, and where it leads."""
    for scheme in PORTS:
        url = URL(url=f"{scheme}://{target.key}/")
        for served in served_at(world, url):
            yield from _answering(world, url, served)
        yield from _onward(world, url)


def _answering(world: World, url: URL, served: Served) -> Iterator[Fact]:
    """The service that answers for `url`, and the certificate that it shows for its name."""
    address, port = str(served.address), PORTS[url.scheme or ""]
    service = NetworkService(transport="tcp", address=address, port=port)
    yield Serves(source=service, target=url)
    if url.scheme == "https":
        yield from shown_to(world, service, url.host or "")


def _onward(world: World, url: URL) -> Iterator[Fact]:
    """Where a page sends its visitors; on the same host, what is there."""
    for served in served_at(world, url)[:1]:
        if served.page is None or not served.page.redirect:
            return
        place = URL(url=urljoin(url.key, served.page.redirect))
        yield RedirectsTo(source=url, target=place, status=301)
        if place.host == url.host:
            for there in served_at(world, place)[:1]:
                yield from _answering(world, place, there)
            yield from _onward(world, place)


def headers(world: World, target: URL) -> Iterator[Fact]:
    """What a page's headers say; all of it lies in properties of the page itself."""
    if any(served.page is not None for served in served_at(world, target)):
        yield target


def favicon(world: World, target: URL) -> Iterator[Fact]:
    """The icon's fingerprints."""
    for served in served_at(world, target)[:1]:
        if served.site.icon and served.html is not None:
            body = icon(served.site.icon)
            digest = hashlib.sha256(body).hexdigest()
            number = icon_mmh3(served.site.icon)
            for found in (
                Fingerprint(method="favicon_mmh3", value=number),
                Fingerprint(method="favicon_sha256", value=digest),
            ):
                yield HasFingerprint(source=target, target=found)


def technology(world: World, target: URL) -> Iterator[Fact]:
    """The software that an answer shows: by its version, where it has one, else by its name."""
    for served in served_at(world, target)[:1]:
        page = served.html or Page()
        parts = (*served.site.headers.values(), page.generator, *page.scripts, *page.text)
        shown = " ".join(parts).lower()
        for text in served.site.runs:
            product, _, version = text.partition("¦")
            if (version or product.rpartition(":")[2]) in shown:
                yield Runs(source=target, target=software_of(text))


def trackers(world: World, target: URL) -> Iterator[Fact]:
    """The ids of measuring services in a page."""
    for page in _html(world, target):
        for tracker in page.trackers:
            yield HasTracker(
                source=target, target=TrackingIdentifier(vendor=ANALYTICS, tracking_id=tracker)
            )


def extract(world: World, target: URL) -> Iterator[Fact]:
    """Links, scripts, forms, addresses and numbers in a page."""
    for page in _html(world, target):
        for link in page.links:
            yield LinksTo(source=target, target=URL(url=urljoin(target.key, link)))
        for script in page.scripts:
            yield LoadsFrom(source=target, target=URL(url=urljoin(target.key, script)))
        if page.form:
            place = URL(url=urljoin(target.key, page.form.action))
            yield FormPostsTo(source=target, target=place)
        for email in page.emails:
            yield ContainsData(source=target, target=EmailAddress(address=email))
        for phone in page.phones:
            yield ContainsData(source=target, target=PhoneNumber(number=phone))


def well_known(world: World, target: DomainName) -> Iterator[Fact]:
    """What a site publishes at agreed places: contacts, and the addresses that its files name."""
    for path, pattern in AGREED.items():
        url = URL(url=f"https://{target.key}{path}")
        for served in served_at(world, url)[:1]:
            raw = (served.page.raw if served.page else None) or ""
            for reference in pattern.findall(raw):
                place = URL(url=urljoin(url.key, reference))
                if place.key != url.key:
                    yield LinksTo(source=url, target=place)
            for email in MAILTO.findall(raw):
                yield ContainsData(source=url, target=EmailAddress(address=email))
            if raw and path == ROBOTS:
                digest = hashlib.sha256(raw.encode()).hexdigest()
                robots = Fingerprint(method="robots_sha256", value=digest)
                yield HasFingerprint(source=url, target=robots)


def exposed(world: World, target: URL) -> Iterator[Fact]:
    """The files below a site's front page that nobody was meant to have."""
    for served in served_at(world, target)[:1] if target.path == "/" else ():
        for path in EXPOSED & set(served.site.pages):
            yield URL(url=urljoin(target.key, path))


def served_at(world: World, url: URL) -> list[Served]:
    """What answers for `url`, at each address of its host that has the port open."""
    parts = urlsplit(url.key)
    port = parts.port or PORTS[parts.scheme]
    found = []
    for fact in resolve(world, DomainName(name=parts.hostname or "")):
        if isinstance(fact, ResolvesTo):
            address = ipaddress.ip_address(fact.target.key)
            host = world.company.host_at(address)
            plan = host.services.get(port) if host else None
            if plan is not None and plan.speaks == parts.scheme:
                name = parts.hostname if parts.hostname in plan.sites else plan.sites[0]
                found.append(_served(world, address, str(name), parts.scheme, parts.path))
    return found


def icon_mmh3(name: str) -> str:
    """The number by which search engines know an icon: MurmurHash3 of its base64 lines."""
    return str(mmh3.hash(base64.encodebytes(icon(name))))


def _served(world: World, address: Address, name: str, scheme: str, path: str) -> Served:
    site = world.company.sites[name]
    if site.plain == "redirect" and scheme == "http":
        return Served(address, name, site, Page(redirect=f"https://{name}{path}"))
    return Served(address, name, site, site.pages.get(path))


def _html(world: World, url: URL) -> Iterator[Page]:
    for served in served_at(world, url)[:1]:
        if served.html is not None:
            yield served.html


ORACLES: Mapping[str, Oracle] = {
    "http.probe": Oracle(("DomainName",), probe),
    "http.headers": Oracle(("URL",), headers),
    "http.exposed": Oracle(("URL",), exposed),
    "http.favicon": Oracle(("URL",), favicon),
    "http.tech": Oracle(("URL",), technology),
    "http.trackers": Oracle(("URL",), trackers),
    "http.extract": Oracle(("URL",), extract),
    "http.wellknown": Oracle(("DomainName",), well_known),
}
