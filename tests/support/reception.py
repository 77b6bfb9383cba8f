"""Applications of tests count guesses apart: several runs share a Redis, and come from the same addresses."""

from __future__ import annotations

import uuid

from server.web.reception import ReceptionOptions


def counting_apart() -> ReceptionOptions:
    """What is given to an application that counts for itself."""
    return ReceptionOptions(counters=f"test:guesses:{uuid.uuid4()}:", ring=str(uuid.uuid4()))
