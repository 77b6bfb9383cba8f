"""How a long-lived process collects garbage: what it loaded stays, and what it makes is nearly all free of cycles."""

from __future__ import annotations

import gc

# Python's own (700, 10, 10) look through a batch of facts again and again while it is being written:
# a third of the write path's time.
THRESHOLDS = (20_000, 20, 20)


def settle() -> None:
    """Leave out of later collections what is there now, and collect seldom. Call it once all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
