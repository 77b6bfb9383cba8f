"""toxic.exits: ends its process."""

from __future__ import annotations

import os
from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact


class Exits(Collector):
    """Ends the process before it asks anything."""

    id = "toxic.exits"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002
        """Nothing."""
        os._exit(7)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
