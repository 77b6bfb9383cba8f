"""drip.names: one name below each name, and none below that."""

from __future__ import annotations

import select
from collections.abc import Iterator

from collectors._kit.base import Collector, DnsRequest, Request, Response
from graph.model.base import Entity, Fact
from graph.model.network import DomainName

TAKES_S = 0.02
FIRST = "www."


class Names(Collector):
    """Makes a second ring of every scan, so that a conductor has steps to take while things break."""

    id = "drip.names"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One question whose answer does not matter."""
        yield DnsRequest(target.key, "A")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """A name below the one asked about."""
        # time.sleep() fails where libfaketime makes clocks wrong.
        select.select((), (), (), TAKES_S)
        if not target.key.startswith(FIRST):
            yield DomainName(name=FIRST + target.key)
