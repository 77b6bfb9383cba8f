"""egret.nests: shows its key to one page."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, HttpRequest, HttpResponse, Request, Response
from graph.model.base import Entity, Fact
from graph.model.network import DomainName


class Nests(Collector):
    """Asks what the source knows of a name."""

    id = "egret.nests"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One request."""
        key = self.secrets["api_key"]
        yield HttpRequest(f"http://site.example/{target.key}", headers=(("x-key", key),))

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """That it nests there, if the page says anything."""
        if isinstance(response, HttpResponse) and not response.body:
            return
        yield DomainName(name=f"nest.{target.key}")
