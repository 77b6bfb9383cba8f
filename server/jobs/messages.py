"""The version of what processes say to each other by Redis: job hints, events, and that they live.

Processes of two versions work on one Redis while an installation is upgraded. The rules: whoever reads knows the
version before its own, ignores fields that it does not know, and so reads the version after its own, too. What is
further away is refused: told in the log and by a counter, left where it lies for others, and never read in part. So a
version may add fields; it may drop one, or change what one means, where the version before did not need it any more.
"""

from __future__ import annotations

from server.jobs import metrics
from server.jobs.log import get_logger

SCHEMA = 2
UNSAID = 1  # the first version said none

log = get_logger(__name__)

_told: set[tuple[str, object]] = set()


def is_readable(kind: str, schema: object) -> bool:
    """Whether a message of that version of the schema is read here; a refusal is counted, and logged once for each."""
    if isinstance(schema, int) and SCHEMA - 1 <= schema <= SCHEMA + 1:
        return True
    metrics.REFUSED.labels(kind).inc()
    if (kind, schema) not in _told:
        _told.add((kind, schema))
        log.error(
            "a message of another version is refused: too many versions run together",
            kind=kind,
            theirs=schema,
            ours=SCHEMA,
        )
    return False
