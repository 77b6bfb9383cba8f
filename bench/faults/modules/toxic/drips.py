"""toxic.drips: asks somebody who never comes to an end, and somebody quick."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, DnsRequest, Request, Response, TcpRequest
from graph.model.base import Entity, Fact
from graph.model.network import DomainName

SLOW_PORT = 7_077  # the fault matrix puts a server there


class Drips(Collector):
    """What is found quickly must not be lost for what is slow."""

    id = "toxic.drips"

    def plan(self, target: Entity) -> Iterator[Request]:
        """A question to each."""
        yield DnsRequest("quick.test", "A", part="quick")
        yield TcpRequest(target.key, SLOW_PORT, part="slow", to_end=True)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """A name for the quick answer; the slow one never comes."""
        if response.request.part == "quick":
            yield DomainName(name=f"of-{target.key.replace('.', '-')}.quick.test")
