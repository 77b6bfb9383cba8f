"""Hosts are contacted last where it matters where they lie: then it was found out, as far as it can be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from collectors._kit.manifest import CollectorManifest
from graph.queries import gate
from graph.store import Transaction
from server.jobs.gates import HINT_AGAIN, NEVER, Ready
from server.jobs.queue import Hint
from server.jobs.step import Work, contacting


async def let_contact(
    tx: Transaction,
    work: Work,
    known: Mapping[str, CollectorManifest],
    able: Collection[str] | None,
) -> None:
    """Hint all jobs that contact hosts once nothing else of the run is under way. `able` are the collectors offered.

    Nobody waits for what cannot be carried out now: its module does not work, or no process offers it.
    """
    if work.is_closed or not work.scope.asks_where:
        return
    possible = [
        each
        for each in work.ready
        if (able is None or each.collector in able) and not work.gates.is_held(each.collector)
    ]
    last = contacting(possible, known)
    in_hand = work.open_jobs - len(work.ready)
    if in_hand or len(last) < len(possible):
        return
    let = [each for each in last if (each.hinted_at or NEVER) <= work.now - HINT_AGAIN]
    await hint(tx, work, let)


async def hint(tx: Transaction, work: Work, jobs: Sequence[Ready]) -> None:
    """Hint jobs that are ready once the step is done, and note when that was."""
    if jobs:
        work.step.hints += [Hint(each.id, each.collector, each.fence) for each in jobs]
        params = gate.HintedParams(leases=[each.id for each in jobs], at=work.now)
        await tx.fetch(gate.UPSERT_HINTED.bind(params))
