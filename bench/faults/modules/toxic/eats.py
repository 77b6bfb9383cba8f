"""toxic.eats: takes all memory."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact

PIECE = 64 * 1024 * 1024


class Eats(Collector):
    """Takes memory until there is none, and holds on to it."""

    id = "toxic.eats"

    def plan(self, target: Entity) -> Iterator[Request]:
        """Nothing."""
        held = []
        while target.key:
            held.append(bytearray(PIECE))
        yield from ()

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
