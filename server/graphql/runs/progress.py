"""How far runs are, in the schema. Those of one request are counted by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import strawberry

from graph.queries import run as queries
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.permissions import requires
from server.jobs.presence import living
from server.jobs.progress import WINDOW, Share
from server.jobs.routing import Routes
from server.modules.pins import absence
from server.modules.settings import Settings, pins


@strawberry.type(description="How far a run is with one collector, in entities.")
@requires(Permission.READ_SCANS)
class CollectorProgress:
    """How far a run is with one collector."""

    collector: str = strawberry.field(description="The collector's name.")
    done: int = strawberry.field(description="How many entities are in jobs that are done.")
    waiting: int = strawberry.field(
        description="How many wait for a process that runs now and can take them."
    )
    under_way: int = strawberry.field(
        description="How many are in jobs that a process has in hand."
    )
    failed: int = strawberry.field(description="How many are in jobs that were given up.")
    absent: int = strawberry.field(
        description="How many wait although no process that runs now can take them."
    )
    absence: str | None = strawberry.field(
        description="Why none can, such as a version to which it is pinned; null where none wait so."
    )
    lookups: int = strawberry.field(description="How many lookups its ended jobs have made.")
    reused: int = strawberry.field(
        description="About how many it was not asked since it had answered lately (`StartScanInput.maxAgeMinutes`)."
    )
    reused_since: datetime | None = strawberry.field(
        description="When the oldest of those answers was given; null where none was used again."
    )


@strawberry.type(description="How much of one of a run's bounds is spent.")
@requires(Permission.READ_SCANS)
class Spending:
    """How much of a bound is spent."""

    used: int = strawberry.field(description="How much is spent, rounded down.")
    limit: int = strawberry.field(description="At how much the run stops.")


@strawberry.type(description="What of its budget a run has spent.")
@requires(Permission.READ_SCANS)
class RunSpent:
    """What of its budget a run has spent."""

    requests: Spending = strawberry.field(description="Lookups by collectors.")
    entities: Spending = strawberry.field(
        description="Entities in scope, of those that the caller may see."
    )
    minutes: Spending = strawberry.field(description="Minutes under way, without pauses.")
    key_units: Spending = strawberry.field(description="Units of keys that its lookups have cost.")


def shown(share: Share) -> CollectorProgress:
    """A share as the schema shows it."""
    return CollectorProgress(
        collector=share.collector,
        done=share.done,
        waiting=share.waiting,
        under_way=share.under_way,
        failed=share.failed,
        absent=share.absent,
        absence=share.absence or None,
        lookups=share.lookups,
        reused=share.reused,
        reused_since=share.reused_since,
    )


async def shares_of(context: Context, run: str) -> list[Share]:
    """A run's shares by collector; those of all runs that a request asks for at once are counted together."""
    return await context.together("shares", run, partial(_count, context)) or []


async def _count(context: Context, runs: Sequence[str]) -> dict[str, list[Share]]:
    params = queries.ProgressParams(
        org=context.org,
        readable=context.readable,
        user=context.principal.user,
        ids=list(runs),
        since=context.now() - WINDOW,
    )
    rows = await context.store.fetch(queries.COUNT_PROGRESS.bind(params))
    routes = Routes.of(await living(context.queue))
    versions = routes.versions
    pinned = pins(await Settings(context.store).of(context.org))
    found: dict[str, list[Share]] = {run: [] for run in runs}
    for row in rows:
        pin = pinned.get(row.collector, 0)
        is_offered = routes.to(row.collector, pin) is not None
        has_absent = bool(row.waiting) and not is_offered
        found[row.run].append(
            Share(
                collector=row.collector,
                done=row.done,
                waiting=row.waiting if is_offered else 0,
                under_way=row.under_way,
                failed=row.failed,
                absent=0 if is_offered else row.waiting,
                absence=absence(pin, versions.get(row.collector, ())) if has_absent else "",
                lookups=row.lookups,
                recent=row.recent,
                reused=row.reused,
                reused_since=row.reused_since,
            )
        )
    return found
