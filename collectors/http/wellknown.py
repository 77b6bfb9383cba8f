"""http.wellknown: what a host publishes at agreed places, such as security.txt and robots.txt.

Each place is a part of its own. Many hosts answer every address with the same page; only what has
the form of the file that was asked for is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.agreed import openid_urls, robots_urls, security_fields, sitemap_urls
from collectors.http.asking import file_request, media_type_of, redirect_of, text_of, url_from
from collectors.http.mention import emails_in, phones_in
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.linkage import ContainsData, HasFingerprint, LinksTo, RedirectsTo
from graph.model.web import URL, Fingerprint

PLACES: Mapping[str, str] = {
    "security_txt": "/.well-known/security.txt",
    "robots": "/robots.txt",
    "sitemap": "/sitemap.xml",
    "openid": "/.well-known/openid-configuration",
    "change_password": "/.well-known/change-password",
}


class WellKnown(Collector):
    """Asks a host for files at agreed places, by https."""

    id: ClassVar[str] = "http.wellknown"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One request for each place."""
        for part, path in PLACES.items():
            yield file_request(f"https://{target.key}{path}", part=part)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """What the file at one place states."""
        answer = cast(HttpResponse, response)
        yield from _READERS[answer.request.part](answer)


def _security(answer: HttpResponse) -> Iterator[Fact]:
    fields = security_fields(_plain(answer))
    if not fields.contacts:
        return
    source = _source(answer, valid_to=fields.expires)
    yield source
    for found in (*emails_in("", fields.contacts), *phones_in("", fields.contacts)):
        yield ContainsData(source=source, target=found)
    yield from _links(source, (*fields.contacts, *fields.links))


def _robots(answer: HttpResponse) -> Iterator[Fact]:
    text = _plain(answer)
    references = robots_urls(text)
    if references is None:
        return
    source = _source(answer)
    digest = hashlib.sha256(answer.body).hexdigest()
    fingerprint = Fingerprint(method="robots_sha256", value=digest)
    yield HasFingerprint(source=source, target=fingerprint)
    yield from _links(source, references)


def _sitemap(answer: HttpResponse) -> Iterator[Fact]:
    references = sitemap_urls(answer.body) if answer.status == 200 else ()
    if references:
        yield from _links(_source(answer), references)


def _openid(answer: HttpResponse) -> Iterator[Fact]:
    references = openid_urls(_plain(answer))
    if references:
        yield from _links(_source(answer), references)


def _change_password(answer: HttpResponse) -> Iterator[Fact]:
    place = redirect_of(answer)
    if place is not None and place.path != "/":  # to the front page: not there
        yield RedirectsTo(source=_source(answer), target=place, status=answer.status)


_READERS: Mapping[str, Callable[[HttpResponse], Iterator[Fact]]] = {
    "security_txt": _security,
    "robots": _robots,
    "sitemap": _sitemap,
    "openid": _openid,
    "change_password": _change_password,
}


def _plain(answer: HttpResponse) -> str:
    """The text of a file that is there; empty for a page in its place."""
    is_page = media_type_of(answer) in ("text/html", "application/xhtml+xml")
    return text_of(answer) if answer.status == 200 and not is_page else ""


def _source(answer: HttpResponse, **more: object) -> URL:
    media_type = media_type_of(answer) or None
    values = {"status": answer.status, "media_type": media_type, **more}
    return URL(url=answer.request.url, **values)


def _links(source: URL, references: tuple[str, ...]) -> Iterator[Fact]:
    for reference in references:
        with suppress(Refused):
            place = url_from(source.key, reference)
            if place is not None and place.key != source.key:
                yield LinksTo(source=source, target=place)
