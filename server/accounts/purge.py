"""Removing an organization for good, once its grace period is over: all that it has, some at a time.

May be stopped at any moment and done by several at once: what is left is removed the next time.
"""

from __future__ import annotations

from typing import Protocol

import structlog

from graph.queries import purge as queries
from graph.queries.catalog import Bound
from graph.queries.job import StatesParams
from graph.queries.organization import FIND_DELETED, FIND_STRAY_RUNS, BeforeParams
from graph.store import Limits, Store
from server.accounts import organizations
from server.accounts.acting import now
from server.accounts.holds import OnLegalHold
from server.jobs import scans
from server.jobs.lifecycle import OPEN
from server.jobs.queue import Queue

ENTITIES = 200
BATCH = 5_000
PATIENCE = Limits(timeout_s=120.0, retry_s=120.0)

log = structlog.get_logger(__name__)


class Evidence(Protocol):
    """Where raw answers lie."""

    async def forget(self, sha256: str) -> bool:
        """Remove a content; False where it stays because it was kept again just now."""


async def purge_due(store: Store, evidence: Evidence) -> list[str]:
    """Remove every organization whose grace period is over, but for those under legal hold; gives their ids."""
    params = BeforeParams(before=now() - organizations.GRACE)
    due = await store.fetch(FIND_DELETED.bind(params))
    removed = []
    for each in due:
        try:
            await purge(store, evidence, each.id)
        except OnLegalHold as error:
            log.info("an organization is kept", org=each.id, reason=str(error))
            continue
        removed.append(each.id)
    return removed


async def purge(store: Store, evidence: Evidence, org: str) -> int:
    """Remove one organization; gives how many nodes and relationships are gone.

    Raises NotFound, Conflict before its time, and OnLegalHold.
    """
    await organizations.begin_purge(store, org)
    total = await _remove_entities(store, evidence, org)
    some = queries.SomeParams(org=org, limit=BATCH)
    total += await _emptied(store, queries.DELETE_RECORDS.bind(some))
    total += await _emptied(store, queries.DELETE_MEMBERS.bind(some))
    await store.fetch(queries.DELETE_ORGANIZATION.bind(queries.OrgParams(org=org)))
    return total


async def _remove_entities(store: Store, evidence: Evidence, org: str) -> int:
    """The entities with what hangs on them, which is removed before them: it is found through them."""
    total = 0
    few = queries.EntitiesParams(org=org, entities=ENTITIES)
    hanging = queries.OfEntitiesParams(org=org, entities=ENTITIES, limit=BATCH)
    while True:
        while True:
            gone = await store.fetch_one(queries.DELETE_OBSERVATIONS.bind(hanging), limits=PATIENCE)
            if gone is None or not gone.deleted:
                break
            total += gone.deleted
            await _forget(store, evidence, gone.files)
        total += await _emptied(store, queries.DELETE_VERSIONS.bind(hanging))
        total += await _emptied(store, queries.DELETE_LINKS.bind(hanging))
        last = await store.fetch_one(queries.DELETE_ENTITIES.bind(few), limits=PATIENCE)
        if last is None or not last.deleted:
            return total
        total += last.deleted


async def _emptied(store: Store, query: Bound[queries.DeletedRow]) -> int:
    """Carry a deletion out until it finds nothing any more."""
    total = 0
    while True:
        gone = await store.fetch_one(query, limits=PATIENCE)
        if gone is None or not gone.deleted:
            return total
        total += gone.deleted


async def _forget(store: Store, evidence: Evidence, files: list[str]) -> None:
    """Remove raw answers that nobody else has: contents are kept once for all organizations."""
    if not files:
        return
    rows = await store.fetch(queries.FIND_EVIDENCE.bind(queries.FilesParams(files=files)))
    for sha256 in sorted(set(files) - {row.sha256 for row in rows}):
        await evidence.forget(sha256)


async def end_stray_runs(store: Store, queue: Queue) -> None:
    """Cancel what is still under way in organizations that nobody may enter."""
    for run in await store.fetch(FIND_STRAY_RUNS.bind(StatesParams(states=sorted(OPEN)))):
        await scans.Runs(store, queue, run.org, "").cancel(run.id)
