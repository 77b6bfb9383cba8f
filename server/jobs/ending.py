"""That a run has ended is left to be told over channels, in the transaction that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from graph.notices import Happened, leave_notices
from graph.store import Transaction
from server.jobs.lifecycle import FINAL, RunState

_SEVERITY: Mapping[RunState, str] = {RunState.FAILED: "MEDIUM"}


async def leave_ended(tx: Transaction, org: str, run: str, state: str, at: datetime) -> None:
    """Leave that a run has ended; nothing where it has not."""
    if state in FINAL:
        ended = RunState(state)
        severity = _SEVERITY.get(ended, "INFO")
        happened = Happened(f"run.{ended.value.lower()}", run, severity)
        await leave_notices(tx, org, at, [happened])
