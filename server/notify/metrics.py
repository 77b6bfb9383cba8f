"""Counters of what is sent over channels, for `/metrics`. Labels are words of ours, and modules' ids."""

from __future__ import annotations

from prometheus_client import Counter

DELIVERIES = Counter(
    "mirage_deliveries_total",
    "Tries to send something over a channel, by what it then was: DELIVERED, DUE or DEAD.",
    ["module", "state"],
)
