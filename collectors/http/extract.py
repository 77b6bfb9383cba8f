"""http.extract: what a page leads to and holds: links, scripts, forms, addresses, numbers.

That a page holds a value is all that is claimed of it. What is in pictures, scripts and attached
files is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, cast

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.asking import GONE, is_web, page_request, url_from
from collectors.http.description import described_url
from collectors.http.mention import accounts_in, emails_in, phones_in, wallets_in
from collectors.http.page import Page, page_of
from graph.model.base import Entity, Fact
from graph.model.linkage import ContainsData, Embeds, FormPostsTo, LinksTo, LoadsFrom
from graph.model.web import URL


class Extract(Collector):
    """Reads a page."""

    id: ClassVar[str] = "http.extract"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The page itself; its answer is shared with other collectors of it."""
        if is_web(target.key):
            yield page_request(target.key)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The page with what it is, leads to and holds."""
        answer = cast(HttpResponse, response)
        page = page_of(answer)
        if page is None or answer.status in GONE:
            return
        source = cast(URL, target)
        yield described_url(answer)
        if answer.status < 400:  # an error page leads where the server's makers want
            base = page.base or source.key
            yield from _loads(page, source, base)
            yield from _leads(page, source, base)
            yield from _holds(page, source)


def _loads(page: Page, source: URL, base: str) -> Iterator[Fact]:
    for reference, is_pinned in (*page.scripts, *page.styles):
        place = url_from(base, reference)
        if place is not None:
            yield LoadsFrom(source=source, target=place, has_integrity=is_pinned)
    for place in _urls(base, page.images):
        if place.host != source.host:  # a site's own pictures tell nothing
            yield LoadsFrom(source=source, target=place)
    for place in _urls(base, page.frames):
        yield Embeds(source=source, target=place)


def _leads(page: Page, source: URL, base: str) -> Iterator[Fact]:
    for place in _urls(base, page.links):
        if place.key != source.key:
            yield LinksTo(source=source, target=place)
    for form in page.forms:
        # A form without an action comes back to its page.
        goal = url_from(base, form.action) if form.action else URL(url=source.key)
        if goal is not None:
            yield FormPostsTo(source=source, target=goal, has_password=form.has_password)


def _holds(page: Page, source: URL) -> Iterator[Fact]:
    for found in (
        *emails_in(page.text, page.links),
        *phones_in(page.text, page.links),
        *accounts_in(page.links),
        *wallets_in(page.text),
    ):
        yield ContainsData(source=source, target=found)


def _urls(base: str, references: Iterable[str]) -> Iterator[URL]:
    """Each URL among `references` once."""
    seen: set[str] = set()
    for reference in references:
        place = url_from(base, reference)
        if place is not None and place.key not in seen:
            seen.add(place.key)
            yield place
