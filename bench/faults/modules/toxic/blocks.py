"""toxic.blocks: waits for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact


class Blocks(Collector):
    """Waits in a call that nothing interrupts but the end of the process."""

    id = "toxic.blocks"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002
        """Nothing."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.recv(1)
        yield from ()

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
