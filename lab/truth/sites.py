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
from lab.truth.facts import Oracle
from lab.truth.names import resolve
from lab.truth.ports import software_of
from lab.web.icon import icon
from lab.world import World

PORTS = {"http": 80, "https": 443}
ANALYTICS = "google_analytics"
SECURITY_TXT = "/.well-known/security.txt"
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
    """The front page of each web port of a name, and where it leads."""
    for scheme, port in PORTS.items():
        url = URL(url=f"{scheme}://{target.key}/")
        for served in served_at(world, url):
            service = NetworkService(transport="tcp", address=str(served.address), port=port)
            yield Serves(source=service, target=url)
            if served.page is not None and served.page.redirect:
                place = URL(url=urljoin(url.key, served.page.redirect))
                yield RedirectsTo(source=url, target=place, status=301)


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
    """The software that a page shows."""
    for served in served_at(world, target)[:1]:
        if served.page is not None:
            for text in served.site.runs:
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
    """The contacts in a site's security.txt."""
    url = URL(url=f"https://{target.key}{SECURITY_TXT}")
    for served in served_at(world, url)[:1]:
        for email in MAILTO.findall(served.page.raw or "") if served.page else ():
            yield ContainsData(source=url, target=EmailAddress(address=email))


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
    "http.favicon": Oracle(("URL",), favicon),
    "http.tech": Oracle(("URL",), technology),
    "http.trackers": Oracle(("URL",), trackers),
    "http.extract": Oracle(("URL",), extract),
    "http.wellknown": Oracle(("DomainName",), well_known),
}
