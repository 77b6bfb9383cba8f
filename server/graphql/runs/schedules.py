"""What schedules of scans are in the schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from graph.errors import InvalidQuestion
from graph.queries import schedule as queries
from graph.queries.catalog import RunReadParams
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.paging import Connection, Pager
from server.graphql.permissions import requires
from server.scheduling.deciding import MissedRunPolicy, Outcome, OverlapPolicy
from server.scheduling.timing import Timing

if TYPE_CHECKING:
    from server.graphql.runs.types import Run, Scan

MOST_NEXT = 50

described(
    "What is done about a moment at which nothing looked after schedules, such as while Mirage was stopped.",
    SKIP="Nothing: the next run is that of the next moment.",
    RUN_ONCE="One run late, for the last of the moments that passed, if that was not longer ago than the grace.",
)(MissedRunPolicy)
described(
    "What is done while an earlier run of the scan has not ended, whoever started that.",
    SKIP="Nothing: the moment comes to nothing.",
    QUEUE="The run begins when the earlier one has ended. One moment waits at most; others come to nothing.",
    CANCEL_RUNNING="The earlier run is cancelled; what it found stays.",
)(OverlapPolicy)
described(
    "What became of a moment of a schedule.",
    name="ScheduleOutcome",
    STARTED="Its run began.",
    STARTED_LATE="Its run began late: it was missed, or waited for another one to end.",
    QUEUED="It waits until an earlier run has ended.",
    MISSED="Nothing looked after schedules in time.",
    OVERLAPPED="An earlier run had not ended.",
    REFUSED="The scan could not be started for whoever had set the schedule.",
    DROPPED="It waited when the schedule was disabled, or had its run already.",
)(Outcome)


@strawberry.type(description="A moment of a schedule that is to come.")
@requires(Permission.READ_SCANS)
class PlannedRun:
    """A moment that is to come."""

    planned_for: datetime = strawberry.field(description="The moment by the cron expression.")
    begins_at: datetime = strawberry.field(description="When the run begins, jitter included.")


@strawberry.type(description="What became of a moment of a schedule.")
@requires(Permission.READ_SCANS)
class ScheduleTold:
    """What became of a moment."""

    planned_for: datetime = strawberry.field(description="The moment by the cron expression.")
    at: datetime = strawberry.field(description="When this was found.")
    outcome: Outcome = strawberry.field(description="What became of it.")
    reason: str | None = strawberry.field(description="Why; null where nothing is to be said.")
    run_id: strawberry.Private[str]

    @documented()
    async def run(
        self, info: Info
    ) -> Annotated[Run, strawberry.lazy("server.graphql.runs.types")] | None:
        """The run that began; null where none did."""
        from server.graphql.runs.types import get_run  # noqa: PLC0415 - they refer to each other

        return await get_run(info.context, self.run_id) if self.run_id else None


@strawberry.type(description="When a scan is started by the clock, and what came of that.")
@requires(Permission.READ_SCANS)
class Schedule:
    """When a scan is started by the clock."""

    id: strawberry.ID = strawberry.field(description="The schedule's id; a scan has one at most.")
    scan_id: strawberry.Private[str]
    planned_at: strawberry.Private[datetime | None]
    next_at: strawberry.Private[datetime | None]
    cron: str = strawberry.field(
        description="Minute, hour, day of month, month, day of week, as `cron` of Debian reads them."
    )
    timezone: str = strawberry.field(description="The time zone in which they are meant.")
    jitter_seconds: int = strawberry.field(
        description="By how much a run begins later at most; the same for each moment whenever it is asked for."
    )
    missed_run_policy: MissedRunPolicy = strawberry.field(
        description="What is done about a moment that was missed: found more than 60 seconds late."
    )
    missed_run_grace_minutes: int = strawberry.field(description="How late a missed run may begin.")
    overlap_policy: OverlapPolicy = strawberry.field(
        description="What is done while an earlier run of the scan has not ended."
    )
    is_enabled: bool = strawberry.field(description="Whether it starts runs.")
    set_by: strawberry.ID = strawberry.field(
        description="The id of the user who set it; its runs are theirs, and need their permissions."
    )
    set_at: datetime = strawberry.field(description="When it was set last.")
    created_at: datetime = strawberry.field(description="When it was made.")
    queued_for: datetime | None = strawberry.field(
        description="The moment that waits until an earlier run has ended; null where none does."
    )
    last_fired_at: datetime | None = strawberry.field(
        description="When it last started a run; null where it never did."
    )
    last_outcome: Outcome | None = strawberry.field(
        description="What became of the last moment; null before the first."
    )
    outcomes: list[ScheduleTold] = strawberry.field(
        description="What became of the last moments, the last first; 20 are kept."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Schedule:
        """A stored schedule as an object of the schema."""
        told = _told(stored)
        return cls(
            id=strawberry.ID(stored["id"]),
            scan_id=stored["scan"],
            planned_at=stored.get("planned_at"),
            next_at=stored.get("next_at"),
            cron=stored["cron"],
            timezone=stored["timezone"],
            jitter_seconds=stored["jitter_s"],
            missed_run_policy=MissedRunPolicy(stored["missed_policy"]),
            missed_run_grace_minutes=stored["grace_s"] // 60,
            overlap_policy=OverlapPolicy(stored["overlap_policy"]),
            is_enabled=stored["is_enabled"],
            set_by=strawberry.ID(stored["set_by"]),
            set_at=stored["set_at"],
            created_at=stored["created_at"],
            queued_for=stored.get("queued_for"),
            last_fired_at=stored.get("last_fired_at"),
            last_outcome=told[0].outcome if told else None,
            outcomes=told,
        )

    @documented()
    async def scan(
        self, info: Info
    ) -> Annotated[Scan, strawberry.lazy("server.graphql.runs.types")]:
        """The scan that it starts."""
        from server.graphql.runs.types import get_scan  # noqa: PLC0415 - they refer to each other

        found = await get_scan(info.context, self.scan_id)
        if found is None:
            raise LookupError(f"schedule {self.id} has no scan")
        return found

    @documented()
    def next_runs(
        self,
        first: Annotated[
            int, strawberry.argument(description=f"How many at most, 1 to {MOST_NEXT}.")
        ] = 5,
    ) -> list[PlannedRun]:
        """The moments that are to come, the next first; empty where it is disabled."""
        if not 1 <= first <= MOST_NEXT:
            raise InvalidQuestion(f"first: 1 to {MOST_NEXT} is right")
        if self.planned_at is None or self.next_at is None:
            return []
        timing = Timing(self.id, self.cron, self.timezone, self.jitter_seconds)
        coming = timing.upcoming(timing.moment(self.planned_at), first)
        later = [PlannedRun(planned_for=m.planned_for, begins_at=m.begins_at) for m in coming[1:]]
        return [PlannedRun(planned_for=self.planned_at, begins_at=self.next_at), *later]


def _told(stored: Mapping[str, Any]) -> list[ScheduleTold]:
    names = ("told_for", "told_at", "told_outcomes", "told_reasons", "told_runs")
    return [
        ScheduleTold(
            planned_for=planned, at=at, outcome=Outcome(outcome), reason=reason or None, run_id=run
        )
        for planned, at, outcome, reason, run in zip(
            *(stored.get(name, []) for name in names), strict=True
        )
    ]


async def list_schedules(
    context: Context, first: int | None, after: str | None
) -> Connection[Schedule]:
    """A page of the organization's schedules."""
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    which = RunReadParams(org=context.org, readable=context.readable, user=context.principal.user)
    params = queries.PageParams(
        **which.model_dump(), behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_SCHEDULES.bind(params))

    async def count() -> int:
        row = await context.store.fetch_one(queries.COUNT_SCHEDULES.bind(which))
        return row.total if row else 0

    found = [Schedule.of(row.properties) for row in rows]
    return pager.connection(found, lambda each: (each.created_at, each.id), count)
