"""Starting runs, and in `acts` what is done to them."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import NotFound
from graph.queries import scan as queries
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.payload import told
from server.graphql.runs.acts import (
    BudgetChangeInput,
    RunId,
    RunPayload,
    cancel_run,
    change_budget,
    pause_run,
    resume_run,
    runs_for,
)
from server.graphql.runs.asked import StartScanInput, check, require, spec_of
from server.graphql.runs.plans import hold_to
from server.graphql.runs.scheduling import remove_schedule, set_schedule
from server.graphql.runs.types import get_run
from server.jobs import scans
from server.jobs.scans import Started
from server.jobs.spec import ScanSpec


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def start_scan(
    info: Info,
    input: Annotated[StartScanInput, strawberry.argument(description="What to scan.")],
    plan: Annotated[
        str | None,
        strawberry.argument(
            description="The digest of a plan (`planScan`): the scan starts only where the plan is still the same."
        ),
    ] = None,
) -> RunPayload:
    """Start a scan. Once this has answered, the run reaches a final state, whatever fails meanwhile."""
    spec = await spec_of(info.context, input)
    require(info, spec)
    if plan is not None:
        await hold_to(info.context, spec, plan)
    return await _start(info, spec)


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def run_again(
    info: Info,
    scan: Annotated[strawberry.ID, strawberry.argument(description="The scan's id.")],
    budget: Annotated[
        BudgetChangeInput | None,
        strawberry.argument(description="What to change of the scan's budget; null to leave it."),
    ] = None,
    max_age_minutes: Annotated[
        int | None,
        strawberry.argument(
            description="The scan's `maxAgeMinutes` from now on: 0 asks everything anew; null to leave it."
        ),
    ] = None,
) -> RunPayload:
    """Carry out a scan once more, as it was last asked for, so that both runs can be compared."""
    context = info.context
    params = queries.OneParams(
        org=context.org, readable=context.readable, user=context.principal.user, id=scan
    )
    row = await context.store.fetch_one(queries.GET_SCAN.bind(params))
    if row is None:
        raise NotFound(f"there is no scan {scan}")
    spec = ScanSpec.model_validate_json(row.properties["spec"])
    if budget:
        spec = spec.with_budget(budget.given())
    if max_age_minutes is not None:
        spec = spec.with_max_age(max_age_minutes)
    require(info, spec)
    return await _start(info, spec, scan)


@documented(needs=Permission.RUN_SCANS)
@told(RunPayload)
async def retry_failed(
    info: Info,
    id: RunId,
    jobs: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(
            description="Only these of its dead letters, by their ids; all if null."
        ),
    ] = None,
) -> RunPayload:
    """Carry out once more what failed in a run that has ended: a new run of its scan.

    It asks the collectors whose jobs were given up about the entities of these jobs, then goes on from what they find
    as any run does.
    """
    context = info.context
    former, runs = await runs_for(context, id)
    spec = ScanSpec.model_validate(former.spec)
    require(info, spec)
    await check(context, spec)
    retry = context.new_id(info, "run")
    await runs.retry_failed(id, retry, jobs)
    return RunPayload(run=await get_run(context, retry))


async def _start(info: Info, spec: ScanSpec, scan: str = "") -> RunPayload:
    context = info.context
    await check(context, spec)
    user = context.principal.user
    names = Started(scan or context.new_id(info, "scan"), context.new_id(info, "run"))
    started = await scans.start(context.store, context.queue, context.org, user, spec, names)
    return RunPayload(run=await get_run(context, started.run))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        start_scan,
        run_again,
        retry_failed,
        pause_run,
        resume_run,
        change_budget,
        cancel_run,
        set_schedule,
        remove_schedule,
    ]
