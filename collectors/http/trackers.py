"""http.trackers: the ids under which a page is measured, which its owner's other sites share."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, cast

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.asking import is_web, page_request
from collectors.http.page import Page, page_of
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.linkage import HasTracker
from graph.model.web import URL, TrackingIdentifier


class Trackers(Collector):
    """Looks for ids of measuring services in a page's code."""

    id: ClassVar[str] = "http.trackers"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The page itself; its answer is shared with other collectors of it."""
        if is_web(target.key):
            yield page_request(target.key)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """Each id once."""
        page = page_of(cast(HttpResponse, response))
        if page is not None:
            yield from ids_in(page, cast(URL, target))


def ids_in(page: Page, source: URL) -> Iterator[HasTracker]:
    """The ids in a page's own code and in the addresses of what it loads."""
    code = "\n".join([page.code, *(f'"{script}"' for script, _ in page.scripts), *page.images])
    seen: set[tuple[str, str]] = set()
    for vendor, pattern in patterns():
        for match in pattern.finditer(code):
            if (vendor, match["id"]) in seen:
                continue
            seen.add((vendor, match["id"]))
            number = match.groupdict().get("property")
            with suppress(Refused):  # the placeholders of instructions are ids of nobody
                yield HasTracker(
                    source=source,
                    target=TrackingIdentifier(vendor=vendor, tracking_id=match["id"]),
                    property_number=int(number) if number else None,
                )


@functools.cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of `trackers.toml`."""
    raw = tomllib.loads((Path(__file__).parent / "trackers.toml").read_text("utf-8"))
    return tuple((one["vendor"], re.compile(one["pattern"])) for one in raw["tracker"])
