"""toxic.hangs: never comes back."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact


class Hangs(Collector):
    """Computes for ever."""

    id = "toxic.hangs"

    def plan(self, target: Entity) -> Iterator[Request]:
        """Nothing."""
        while target.key:
            pass
        yield from ()

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
