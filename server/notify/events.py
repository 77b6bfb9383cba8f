"""What organizations can be told of over channels, and how much of it matters to whom. Pure."""

from __future__ import annotations

import enum

SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")


class ChannelEvent(enum.StrEnum):
    """Something that happens; the value is its name to programs."""

    FINDING_OPENED = "finding.opened"
    FINDING_REOPENED = "finding.reopened"
    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    MODULE_OPENED = "module.opened"
    WATCH_MATCHED = "watch.matched"
    WATCH_CHANGED = "watch.changed"

    @property
    def is_of_finding(self) -> bool:
        """Whether it happens to a finding, whose severity then decides who is told."""
        return self in (ChannelEvent.FINDING_OPENED, ChannelEvent.FINDING_REOPENED)

    @property
    def is_of_run(self) -> bool:
        """Whether it happens to a run."""
        return self.value.startswith("run.")

    @property
    def is_of_watch(self) -> bool:
        """Whether it tells of rows of a pattern, or of the answer to a query."""
        return self.value.startswith("watch.")


TEST = "channel.test"
"""The event of a notice that is sent to try a channel."""


def is_at_least(severity: str, least: str) -> bool:
    """Whether something matters as much."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)
