"""toxic.bombs: what a source may send to harm whoever reads it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact

DEPTH, WIDTH = 200_000, 2_000_000
PIECE, PIECES = bytes(1_000_000), 2_000


class Bombs(Collector):
    """Reads it as careless code does, with nothing to bound it but its process."""

    id = "toxic.bombs"

    def plan(self, target: Entity) -> Iterator[Request]:
        """Two gigabytes from two megabytes, or a text that is nested too deep, or one that is too wide."""
        match len(target.key) % 3:
            case 0:
                packing = zlib.compressobj()
                packed = b"".join(packing.compress(PIECE) for _ in range(PIECES)) + packing.flush()
                zlib.decompress(packed)
            case 1:
                json.loads("[" * DEPTH)
            case _:
                json.loads("[" + "{}," * WIDTH + "{}]")
        yield from ()

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
