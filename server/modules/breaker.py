"""The circuit breaker of modules: what jobs tell of them is counted in the database, for each organization by itself.

Each count is a decision of `server.modules.health` under the record's lock, in the transaction that ends the job: what
is delivered twice, or by whoever lost the job, is counted once or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collectors._kit.faults import Fault
from graph.model.base import name_id
from graph.notices import Happened, leave_notices
from graph.queries import module as queries
from graph.queries.catalog import Params
from graph.queries.module import HealthRow
from graph.store import Store, Transaction
from graph.writer import Fence
from server.modules.health import WELL, Evidence, Health, Says, after


@dataclass(frozen=True)
class Turn:
    """What became of a module's health: opened (also once more), or closed again."""

    module: str
    health: Health

    @property
    def is_opened(self) -> bool:
        """Whether it is not asked from now on."""
        return self.health.until is not None


@dataclass(frozen=True)
class Told:
    """What a job tells of its module: whose job it was, by which fence, and when it ended."""

    org: str
    module: str
    fence: Fence
    evidence: Evidence
    at: datetime


async def count(tx: Transaction, told: Told) -> Turn | None:
    """Count what a job tells, in the transaction that ends it; None where the module is asked as before."""
    says = told.evidence.says
    if says is Says.NOTHING:
        return None
    params = queries.LockHealthParams(
        id=name_id(told.org, "ModuleHealth", told.module),
        org=told.org,
        module=told.module,
        lease=told.fence.lease,
        fence=told.fence.number,
        is_made=says is Says.FAILS,
    )
    row = next(iter(await tx.fetch(queries.LOCK_HEALTH.bind(params))), None)
    if row is None:
        return None
    before = read(row)
    now = after(before, told.evidence, told.at, is_trial=row.is_trial)
    if now is before:
        return None
    kept = queries.HealthParams(
        org=told.org, module=told.module, failures=now.failures, openings=now.openings,
        fault=now.fault, detail=now.detail, failed_at=now.failed_at, since=now.since, until=now.until,
    )  # fmt: skip
    await tx.fetch(queries.UPSERT_HEALTH.bind(kept))
    if before.until is None and now.until is not None:
        details = {"reason": now.reason, "until": now.until.isoformat(), "fault": now.fault}
        opened = Happened("module.opened", told.module, "MEDIUM", details=details)
        await leave_notices(tx, told.org, told.at, [opened])
    return Turn(told.module, now) if now.until != before.until else None


async def health_of(reader: Store | Transaction, org: str, at: datetime) -> Mapping[str, Health]:
    """How an organization's modules do at a moment, of those that ever failed."""
    rows = await reader.fetch(queries.LIST_HEALTH.bind(queries.NowParams(org=org, at=at)))
    return {row.module: read(row) for row in rows}


async def reset(store: Store, org: str, module: str) -> Turn | None:
    """Have a module asked again at once; None where it was asked all along. Earlier failures count no more."""
    params = queries.ModuleParams(org=org, module=module)
    row = await store.fetch_one(queries.RESET_HEALTH.bind(params))
    return Turn(module, WELL) if row is not None and row.was_open else None


async def count_open(store: Store) -> Mapping[str, int]:
    """In how many organizations each module is not asked, or by trials alone."""
    rows = await store.fetch(queries.COUNT_OPEN.bind(Params()))
    return {row.module: row.organizations for row in rows}


def read(row: HealthRow) -> Health:
    """A health from its row."""
    return Health(
        row.failures, row.openings, Fault(row.fault) if row.fault else None, row.detail or "",
        row.failed_at, row.since, row.until, row.is_trying,
    )  # fmt: skip
