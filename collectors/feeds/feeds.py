"""rep.feeds: on which of the operator's lists a value is.

A feed is asked for once for each value, and egress answers all but the first from its pages of the
run; reading it is done once, too. Each feed is a part, so that one that fails costs no other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from collectors._kit.base import (
    Collector,
    FileRequest,
    FileResponse,
    HttpRequest,
    HttpResponse,
    Request,
    Response,
)
from collectors._kit.options import InvalidOption
from collectors.feeds.reading import Form, read_feed
from graph.errors import SourceRejected
from graph.model.base import Entity, Fact
from graph.model.intelligence import Feed
from graph.model.threat import ListedIn

MAX_BYTES = 50_000_000
Plan = Mapping[str, object]


class Feeds(Collector):
    """The lists that a value is on."""

    id = "rep.feeds"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002 - the same lists for all
        """Each list, as a part of its own."""
        for feed in self._feeds():
            part = f"feed:{feed['slug']}"
            if feed["url"]:
                yield HttpRequest(str(feed["url"]), max_bytes=MAX_BYTES, part=part)
            elif feed["path"]:
                yield FileRequest(str(feed["path"]), part=part)
            else:
                raise InvalidOption(f"{self.id}: feed {feed['slug']!r} has neither url nor path")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """That the target is listed, and as what; nothing where it is not."""
        if not isinstance(response, HttpResponse | FileResponse):
            raise SourceRejected(f"{self.id}: a file or an HTTP answer is expected")
        if isinstance(response, HttpResponse):
            if response.is_truncated:
                raise SourceRejected(f"the feed is larger than {MAX_BYTES:,} bytes")
            if 300 <= response.status < 400:
                yield _redirected(response)
                return
        feed = self._feed(response.request.part)
        form = Form(str(feed["format"]), str(feed["column"]), feed["covers_subdomains"] is True)
        value = read_feed(response.body, form).match(target)
        if value and isinstance(target, ListedIn.sources()):
            yield ListedIn(source=target, target=_entity(feed), reason=_reason(feed, value, target))

    def marking(self, part: str) -> str:
        """What the feed's publisher says of sharing it."""
        return str(self._feed(part)["tlp"]) if part else ""

    def _feeds(self) -> tuple[Plan, ...]:
        given = self.options["feeds"]
        return tuple(given) if isinstance(given, tuple | list) else ()

    def _feed(self, part: str) -> Plan:
        return next(feed for feed in self._feeds() if f"feed:{feed['slug']}" == part)


def _reason(feed: Plan, value: str, target: Entity) -> str | None:
    """What the list says: its category, and the listed value where that only covers the target."""
    covering = "" if value == target.key else f"as part of {value}"
    return " ".join(filter(None, (str(feed["category"]), covering))) or None


def _redirected(response: HttpResponse) -> Request:
    place = urljoin(response.request.url, response.header("location"))
    return dataclasses.replace(response.request, url=place)


def _entity(feed: Plan) -> Feed:
    said = {
        "name": feed["title"],
        "polarity": feed["polarity"],
        "published_tlp": feed["tlp"],
        "reliability": feed["reliability"],
        "upstream": feed["upstream"],
        "categories": (feed["category"],) if feed["category"] else None,
    }
    return Feed(slug=feed["slug"], **{name: value for name, value in said.items() if value})
