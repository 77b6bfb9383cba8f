"""Counters of looks at watches, for `/metrics`. Labels are words of ours."""

from __future__ import annotations

import enum

from prometheus_client import Counter


class Outcome(enum.StrEnum):
    """What came of looking at a watch."""

    CHANGED = "CHANGED"
    SAME = "SAME"
    FAILED = "FAILED"
    LATER = "LATER"


LOOKS = Counter(
    "mirage_watch_looks_total",
    "Times that watched queries were asked, by what came of it: CHANGED, SAME, FAILED or LATER.",
    ["outcome"],
)
