"""Documents of saved queries, prepared as those are that are asked."""

from __future__ import annotations

from functools import cache

from server.graphql.document import Documents
from server.graphql.schema import core_schema


@cache
def documents() -> Documents:
    """What prepares them; one for the process."""
    return Documents(core_schema())
