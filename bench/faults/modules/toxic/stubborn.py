"""toxic.stubborn: waits for a child that does not end when asked to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact

MARK = "mirage-faults-stubborn"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


class Stubborn(Collector):
    """Starts a program that ignores SIGTERM, and waits for it."""

    id = "toxic.stubborn"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002
        """Nothing."""
        subprocess.run([sys.executable, "-c", STUBBORN, MARK], check=True)  # noqa: S603 - that is the point
        yield from ()

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """Nothing."""
        yield from ()
