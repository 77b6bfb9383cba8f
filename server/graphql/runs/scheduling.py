"""Setting when a scan is started by the clock."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.errors import InvalidQuestion, NotFound
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented, recorded
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires
from server.graphql.runs.schedules import Schedule
from server.graphql.runs.types import Scan, get_scan
from server.jobs.spec import ScanSpec
from server.scheduling.asking import check_configuration, check_named, needed
from server.scheduling.deciding import MissedRunPolicy, OverlapPolicy
from server.scheduling.schedules import Schedules, Wanted

ScanId = Annotated[strawberry.ID, strawberry.argument(description="The scan's id.")]


@strawberry.input(description="When a scan is to be started by the clock.")
class ScheduleInput:
    """When a scan is to be started by the clock."""

    cron: str = recorded(
        "Minute, hour, day of month, month, day of week, such as `30 3 * * MON-FRI`."
    )
    timezone: str = recorded(
        "The time zone in which they are meant, such as Europe/Berlin.", default="UTC"
    )
    jitter_seconds: int = strawberry.field(
        default=0,
        description="By how much a run may begin later, so that not all begin at once: 0 to 3,600, and less than lies "
        "between two moments.",
    )
    missed_run_policy: MissedRunPolicy = strawberry.field(
        default=MissedRunPolicy.SKIP, description="What is done about a moment that was missed."
    )
    missed_run_grace_minutes: int = strawberry.field(
        default=60, description="How late a missed run may begin, 1 to 10,080."
    )
    overlap_policy: OverlapPolicy = strawberry.field(
        default=OverlapPolicy.SKIP,
        description="What is done while an earlier run of the scan has not ended.",
    )
    is_enabled: bool = strawberry.field(default=True, description="Whether it starts runs.")


@strawberry.type(description="The schedule as it is now, or what to mend.")
@requires(Permission.READ_SCANS)
class SchedulePayload:
    """The schedule, or what to mend."""

    schedule: Schedule | None = strawberry.field(
        description="The schedule; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The scan without its schedule, or what to mend.")
@requires(Permission.READ_SCANS)
class RemoveSchedulePayload:
    """The scan without its schedule, or what to mend."""

    scan: Scan | None = strawberry.field(
        description="The scan; null where there are errors.", default=None
    )
    was_set: bool = strawberry.field(description="Whether it had a schedule.", default=False)
    errors: list[UserError] = errors_field()


@documented(needs=Permission.RUN_SCANS)
@told(SchedulePayload)
async def set_schedule(
    info: Info,
    scan: ScanId,
    input: Annotated[ScheduleInput, strawberry.argument(description="When to start it.")],
) -> SchedulePayload:
    """Have a scan started by the clock, in place of the schedule it has, if it has one.

    It needs what starting the scan needs, also later: at each moment the caller has to have these permissions still.
    """
    context = info.context
    found = await _scan(info, scan)
    spec = ScanSpec.model_validate(found.spec)
    for permission, what in needed(spec):
        context.principal.require(permission, what)
    await check_configuration(context.store, context.org, spec)
    await check_named(context.store, context.keys, context.org, spec, context.now())
    if not 1 <= input.missed_run_grace_minutes <= 10_080:
        raise InvalidQuestion("missedRunGraceMinutes: 1 to 10080 is right")
    wanted = Wanted(
        cron=input.cron,
        timezone=input.timezone,
        jitter_s=input.jitter_seconds,
        missed=input.missed_run_policy,
        grace_s=input.missed_run_grace_minutes * 60,
        overlap=input.overlap_policy,
        is_enabled=input.is_enabled,
    )
    await Schedules(context.store, context.org, context.principal.user).set(scan, wanted)
    return SchedulePayload(schedule=(await _scan(info, scan)).schedule)


@documented(needs=Permission.RUN_SCANS)
@told(RemoveSchedulePayload)
async def remove_schedule(info: Info, scan: ScanId) -> RemoveSchedulePayload:
    """Take a scan's schedule away. The runs that it started stay, also one that is under way."""
    context = info.context
    await _scan(info, scan)
    schedules = Schedules(context.store, context.org, context.principal.user)
    was_set = await schedules.remove(scan)
    return RemoveSchedulePayload(scan=await _scan(info, scan), was_set=was_set)


async def _scan(info: Info, scan: str) -> Scan:
    found = await get_scan(info.context, scan)
    if found is None:
        raise NotFound(f"there is no scan {scan}")
    return found
