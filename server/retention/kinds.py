"""What can be removed for its age: how much of it is old, and removing it, some at a time.

To add a kind, add it here, and fields for its days to the settings (`server.configuration.declared`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from graph.queries import retention as queries
from graph.queries.catalog import Bound
from graph.queries.organization import LOCK_ORGANIZATION, OrgParams
from graph.queries.purge import DeletedRow, FilesParams, SomeParams
from graph.store import Limits, Store, Transaction
from server.accounts import holds
from server.jobs.lifecycle import FINAL

BATCH = 1_000
FILES = 100
RUNS = 20
PATIENCE = Limits(timeout_s=120.0, retry_s=120.0)

T = TypeVar("T")


class EvidenceFiles(Protocol):
    """Where raw answers lie."""

    async def forget(self, sha256: str) -> bool:
        """Remove a content; False where it stays because it was kept again just now."""


@dataclass(frozen=True)
class Removed:
    """How much is gone: how many of a kind, and how large the files were."""

    count: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Old:
    """What of an organization is older than a moment, at another one."""

    store: Store
    files: EvidenceFiles
    org: str
    before: datetime
    now: datetime

    async def unless_held(self, work: Callable[[Transaction], Awaitable[T]]) -> T | None:
        """Do `work` in a transaction in which no legal hold stands and none is set; None where one stands.

        None also where the organization is there no longer.
        """

        async def run(tx: Transaction) -> T | None:
            found = await tx.fetch(LOCK_ORGANIZATION.bind(OrgParams(org=self.org)))
            if not found or found[0].deleted_at or await holds.standing(tx, self.org):
                return None
            return await work(tx)

        done, _ = await self.store.transact(run, limits=PATIENCE)
        return done

    async def deleted(self, query: Bound[DeletedRow]) -> int | None:
        """How many a deletion took; None where a hold stands."""

        async def work(tx: Transaction) -> int:
            [row] = await tx.fetch(query)
            return row.deleted

        return await self.unless_held(work)

    async def emptied(self, query: Bound[DeletedRow]) -> AsyncIterator[int]:
        """Carry a deletion out until it finds nothing any more, or a hold stands; gives how many each time."""
        while gone := await self.deleted(query):
            yield gone


Counting = Callable[[str, datetime], Bound[queries.ShareRow]]
Removing = Callable[[Old], AsyncIterator[Removed]]


@dataclass(frozen=True)
class Kind:
    """Something that is kept for so many days (`retention.<name>_days`)."""

    name: str
    summary: str
    counted: Counting
    remove: Removing


def _old(query: Any) -> Counting:
    return lambda org, before: query.bind(queries.OldParams(org=org, before=before))


def _old_runs(query: Any) -> Counting:
    states = sorted(FINAL)
    return lambda org, before: query.bind(
        queries.OldRunsParams(org=org, before=before, final=states)
    )


def _emptied(query: Any) -> Removing:
    """Removing what one statement deletes, by its age."""

    async def remove(old: Old) -> AsyncIterator[Removed]:
        some = queries.SomeOldParams(org=old.org, before=old.before, limit=BATCH)
        async for gone in old.emptied(query.bind(some)):
            yield Removed(gone)

    return remove


async def _remove_jobs(old: Old) -> AsyncIterator[Removed]:
    some = queries.SomeOldRunsParams(
        org=old.org, before=old.before, final=sorted(FINAL), limit=BATCH
    )
    async for gone in old.emptied(queries.DELETE_JOBS.bind(some)):
        yield Removed(gone)


async def _remove_runs(old: Old) -> AsyncIterator[Removed]:
    """Take them out of sight at once, then what hangs on them, in pieces; also of those that were left half way."""
    few = queries.SomeOldRunsParams(org=old.org, before=old.before, final=sorted(FINAL), limit=RUNS)
    async for gone in old.emptied(queries.DROP_RUNS.bind(few)):
        yield Removed(gone)
    some = SomeParams(org=old.org, limit=BATCH)
    for query in (queries.DELETE_RUN_LINKS, queries.DELETE_RUN_JOBS, queries.DELETE_RUNS):
        async for _ in old.emptied(query.bind(some)):
            pass


async def _remove_evidence(old: Old) -> AsyncIterator[Removed]:
    behind: tuple[datetime | None, str] = (None, "")
    while True:
        params = queries.OldPageParams(
            org=old.org, before=old.before, behind=behind[0], behind_id=behind[1], limit=FILES
        )
        rows = await old.store.fetch(queries.FIND_OLD_EVIDENCE.bind(params), limits=PATIENCE)
        if not rows:
            return
        gone = await old.unless_held(lambda tx, rows=rows: _remove_files(tx, old, rows))  # type: ignore[misc]
        if gone is None:
            return
        yield gone
        # The database takes the same moment by another name of its zone for another one.
        behind = rows[-1].aged_from.astimezone(UTC), rows[-1].id


async def _remove_files(
    tx: Transaction, old: Old, candidates: list[queries.OldEvidenceRow]
) -> Removed:
    """Remove the files of what is old indeed, unless somebody else needs them, and say that they are gone.

    A file goes before it is said: should this end in between, it is said the next time.
    """
    wanted = {each.id for each in candidates}
    files = sorted({each.sha256 for each in candidates})
    locked = await tx.fetch(queries.LOCK_EVIDENCE.bind(FilesParams(files=files)))
    kept = [each for each in locked if each.removed_at is None]
    younger = [
        {"id": each.id, "latest": each.latest}
        for each in kept
        if each.id in wanted and each.latest and each.latest >= old.before
    ]
    aged = {
        each.id
        for each in kept
        if each.id in wanted and not (each.latest and each.latest >= old.before)
    }
    gone: set[str] = set()
    size_bytes = 0
    for sha256 in files:
        of_file = [each for each in kept if each.sha256 == sha256]
        going = {each.id for each in of_file} & aged
        if going and going == {each.id for each in of_file}:
            if not await old.files.forget(sha256):
                continue  # it was given again just now; of whom, the next time tells
            size_bytes += of_file[0].size_bytes
        gone |= going
    if younger:
        await tx.fetch(queries.RENEW_EVIDENCE.bind(queries.LatestParams(rows=younger)))
    if gone:
        params = queries.RemovedParams(ids=sorted(gone), at=old.now)
        await tx.fetch(queries.CLOSE_EVIDENCE.bind(params))
    return Removed(len(gone), size_bytes)


KINDS: Mapping[str, Kind] = {
    each.name: each
    for each in (
        Kind("evidence", "Raw answers", _old(queries.COUNT_EVIDENCE), _remove_evidence),
        Kind("runs", "Runs that have ended", _old_runs(queries.COUNT_RUNS), _remove_runs),
        Kind("jobs", "Jobs of runs that have ended", _old_runs(queries.COUNT_JOBS), _remove_jobs),
        Kind(
            "findings",
            "Closed findings",
            _old(queries.COUNT_FINDINGS),
            _emptied(queries.DELETE_FINDINGS),
        ),
        Kind(
            "lookups",
            "When answers were given",
            _old(queries.COUNT_LOOKUPS),
            _emptied(queries.DELETE_LOOKUPS),
        ),
        Kind(
            "patterns",
            "Rows that left a pattern",
            _old(queries.COUNT_PATTERN_ROWS),
            _emptied(queries.DELETE_PATTERN_ROWS),
        ),
    )
}
