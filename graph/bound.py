"""What the store takes as a named query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

R_co = TypeVar("R_co", covariant=True)
Row = dict[str, Any]


class Bound(Protocol[R_co]):
    """A named query with its parameters: what `graph.queries` gives and `Store.fetch` runs."""

    @property
    def name(self) -> str:
        """The file it lies in, below `cypher/`."""

    @property
    def text(self) -> str:
        """The statement."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Its parameters."""

    @property
    def is_write(self) -> bool:
        """Whether it needs a write transaction."""

    def read_row(self, row: Row) -> R_co:
        """One record as the query's row type."""
