"""http.tech: the software that a page shows, from one answer and without asking for more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.asking import is_web, page_request
from collectors.http.technology import Seen, seen_in
from graph.errors import Refused
from graph.model.base import Entity, Fact
from graph.model.software import Runs, SoftwareProduct, SoftwareRelease
from graph.model.web import URL


class Tech(Collector):
    """Looks for signatures in a page."""

    id: ClassVar[str] = "http.tech"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The page itself; its answer is shared with other collectors of it."""
        if is_web(target.key):
            yield page_request(target.key)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What runs there, with its version where that is shown."""
        answer = cast(HttpResponse, response)
        if not answer.closed:
            for seen in seen_in(answer):
                product = SoftwareProduct(
                    product=seen.technology.product, name=seen.technology.name
                )
                yield product
                yield Runs(source=cast(URL, target), target=_release(seen) or product)


def _release(seen: Seen) -> SoftwareRelease | None:
    """The release, where a version is shown that is one."""
    if not seen.version:
        return None
    with suppress(Refused):
        return SoftwareRelease(product=seen.technology.product, version=seen.version)
    return None
