"""Looks at a name and finds nothing: what is left of a job's time is scheduling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from collectors._kit.base import Collector, Request, Response
from graph.model.base import Entity, Fact


class Nothing(Collector):
    """Asks nothing."""

    id: ClassVar[str] = "idle.nothing"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002 - whatever it is
        """No request."""
        return iter(())

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002 - never called
        """No fact."""
        return iter(())
