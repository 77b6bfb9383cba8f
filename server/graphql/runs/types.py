"""What scans and their runs are in the schema."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import strawberry

from graph.queries import run as run_queries
from graph.queries import scan as scan_queries
from graph.select.cursors import Order
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import described, documented
from server.graphql.entities.facts import Entity
from server.graphql.entities.reading import as_told
from server.graphql.entities.record import EntityRecord
from server.graphql.entities.vocabulary import ObservedOutcome
from server.graphql.paging import After, Connection, First, Pager
from server.graphql.permissions import requires
from server.graphql.runs.changes import RunChanges, previous_of
from server.graphql.runs.progress import CollectorProgress, RunSpent, Spending, shares_of, shown
from server.graphql.runs.schedules import Schedule
from server.graphql.scalars import Json
from server.jobs.hours import Hours
from server.jobs.lifecycle import RunState
from server.jobs.progress import Clock, seconds_left
from server.jobs.spec import Budget, ScopeRules

described(
    "Where a run stands. The last three are final.",
    ACCEPTED="It will start.",
    RUNNING="Collectors are at work.",
    PAUSED="Nothing of it is handed out before somebody resumes it.",
    FINISHED="Nothing is left to do within its budget.",
    CANCELLED="Somebody ended it.",
    FAILED="It could not go on.",
)(RunState)


@described(
    "What a run was started by.",
    PERSON="Somebody started it.",
    SCHEDULE="The scan's schedule started it, for whoever had set that.",
    RETRY="Somebody repeated what had failed in an earlier run.",
)
class RunTrigger(enum.StrEnum):
    """What a run was started by."""

    PERSON = "PERSON"
    SCHEDULE = "SCHEDULE"
    RETRY = "RETRY"


@strawberry.type(description="How often a collector's lookups in a run ended in one way.")
@requires(Permission.READ_SCANS)
class AnswerCount:
    """How often a collector's lookups ended in one way."""

    collector: str = strawberry.field(description="The collector that was asked.")
    outcome: ObservedOutcome = strawberry.field(description="How these lookups ended.")
    answers: int = strawberry.field(description="How many lookups ended so.")


@strawberry.type(description="An entity that a run has in scope.")
@requires(Permission.READ_SCANS)
class Reached:
    """An entity that a run has in scope."""

    distance: int = strawberry.field(description="How many hops it is from what the scan includes.")
    entity: Entity = strawberry.field(description="The entity in scope, as it is now.")


@strawberry.type(description="One carrying out of a scan.")
@requires(Permission.READ_SCANS)
class Run:
    """One carrying out of a scan."""

    id: strawberry.ID = strawberry.field(
        description="The run's id: one for each time a scan is carried out."
    )
    scan_id: strawberry.Private[str]
    retries_id: strawberry.Private[str | None]
    clock: strawberry.Private[Clock]
    budget: strawberry.Private[Budget]
    key_units: strawberry.Private[int]
    name: str = strawberry.field(description="What people call the scan.")
    state: RunState = strawberry.field(description="Where it stands.")
    reason: str | None = strawberry.field(
        description="What stood in its way, why it ended as it did, or which budget is spent; null where nothing is "
        "to be said, and to whoever may not see all that it has in scope."
    )
    seeds: list[str] = strawberry.field(description="What it started from, as it was given.")
    trigger: RunTrigger = strawberry.field(description="What it was started by.")
    started_by: strawberry.ID = strawberry.field(
        description="The id of the user who started it, or who had set the schedule that did."
    )
    planned_for: datetime | None = strawberry.field(
        description="The moment of the schedule, without jitter; null where no schedule started it."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    paused_at: datetime | None = strawberry.field(
        description="When it was last paused; null where it never was."
    )
    paused_by: strawberry.ID | None = strawberry.field(
        description="The id of the user who last paused it."
    )
    resumed_at: datetime | None = strawberry.field(
        description="When it last went on after a pause; null where it never did."
    )
    resumed_by: strawberry.ID | None = strawberry.field(
        description="The id of the user who last resumed it."
    )
    waits_until: datetime | None = strawberry.field(
        description="Until when it only waits for the hours in which it may contact hosts; null while it is at work."
    )
    reached: int = strawberry.field(
        description="How many entities it has in scope, of those that the caller may see."
    )
    requests: int = strawberry.field(description="How many lookups collectors have made.")
    jobs_open: int = strawberry.field(description="How many jobs wait or are under way.")
    jobs_done: int = strawberry.field(description="How many jobs are done.")
    jobs_failed: int = strawberry.field(description="How many jobs were given up.")
    spec: Json = strawberry.field(
        description="Everything that was asked for: seeds, presets, scope, budget, options."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Run:
        """A stored run as an object of the schema."""
        spec = orjson.loads(stored["spec"])
        return cls(
            id=strawberry.ID(stored["id"]),
            scan_id=stored["scan"],
            retries_id=stored.get("retries"),
            clock=_clock(stored),
            budget=Budget.model_validate(spec["budget"]),
            key_units=stored.get("key_units") or 0,
            name=stored["name"],
            state=RunState(stored["state"]),
            reason=_reason(stored),
            seeds=spec["seeds"],
            trigger=_trigger(stored),
            started_by=stored["started_by"],
            planned_for=stored.get("planned_for"),
            created_at=stored["created_at"],
            started_at=stored.get("started_at"),
            ended_at=stored.get("ended_at"),
            paused_at=stored.get("paused_at"),
            paused_by=stored.get("paused_by"),
            resumed_at=stored.get("resumed_at"),
            resumed_by=stored.get("resumed_by"),
            waits_until=_waits_until(stored, spec),
            reached=stored["reached"],
            requests=stored["requests"],
            jobs_open=stored["jobs_open"],
            jobs_done=stored["jobs_done"],
            jobs_failed=stored["jobs_failed"],
            spec=Json(spec),
        )

    @documented()
    async def scan(self, info: Info) -> Scan:
        """The scan it carries out."""
        found = await get_scan(info.context, self.scan_id)
        if found is None:
            raise LookupError(f"run {self.id} has no scan")
        return found

    @documented()
    async def retries(self, info: Info) -> Run | None:
        """The run in which failed what this one repeats; null where it is a run of everything."""
        return await get_run(info.context, self.retries_id) if self.retries_id else None

    @documented()
    async def previous(self, info: Info) -> Run | None:
        """The last run of the same scan that finished, of those made before this one; null where there is none."""
        found = await previous_of(info.context, self.id)
        return await get_run(info.context, found) if found else None

    @documented(needs=Permission.READ_GRAPH)
    async def changes(self, info: Info) -> RunChanges | None:
        """What changed since the previous run; null where there is none."""
        found = await previous_of(info.context, self.id)
        return RunChanges(earlier=found, later=self.id) if found else None

    @documented()
    def spent(self, info: Info) -> RunSpent:
        """What of its budget it has spent: lookups of jobs that ended, entities in scope, minutes, units of keys."""
        minutes = int(self.clock.worked(info.context.now()).total_seconds() // 60)
        return RunSpent(
            requests=Spending(used=self.requests, limit=self.budget.requests),
            entities=Spending(used=self.reached, limit=self.budget.entities),
            minutes=Spending(used=minutes, limit=self.budget.minutes),
            key_units=Spending(used=self.key_units, limit=self.budget.key_units),
        )

    @documented()
    async def progress(self, info: Info) -> list[CollectorProgress]:
        """How far it is, by collector in the order of their names. A sum of work: hidden entities count, too."""
        return [shown(share) for share in await shares_of(info.context, self.id)]

    @documented()
    async def seconds_left(self, info: Info) -> int | None:
        """How long the known rest takes at the rate of the last five minutes; what will yet be found is not in it.

        Null where nothing can be said: it is not RUNNING, went on for less than ten seconds, got through nothing
        lately, has nothing known left, or waits for a collector that no process offers.
        """
        shares, now = await shares_of(info.context, self.id), info.context.now()
        left = seconds_left(self.clock, shares, now, self.budget.requests - self.requests)
        if left is None:
            return None
        minutes = timedelta(minutes=self.budget.minutes) - self.clock.worked(now)
        return max(0, min(left, int(minutes.total_seconds())))

    @documented()
    async def answers(self, info: Info) -> list[AnswerCount]:
        """How its lookups ended, by collector and outcome: what was asked, answered, failed."""
        params = run_queries.OneParams(
            org=info.context.org,
            readable=info.context.readable,
            user=info.context.principal.user,
            id=self.id,
        )
        return [
            AnswerCount(
                collector=row.collector,
                outcome=ObservedOutcome(row.outcome),
                answers=row.answers,
            )
            for row in await info.context.store.fetch(run_queries.COUNT_ANSWERS.bind(params))
        ]

    @documented()
    async def entities(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Reached]:
        """What it has in scope, nearest to the seeds first."""
        pager = Pager(Order.REACHED, first, after)
        distance, behind_id = pager.place or (-1, "")
        rows = await info.context.store.fetch(
            run_queries.LIST_REACHED.bind(
                run_queries.ReachedParams(
                    org=info.context.org,
                    readable=info.context.readable,
                    user=info.context.principal.user,
                    id=self.id,
                    behind=distance,
                    behind_id=behind_id,
                    limit=pager.limit,
                )
            )
        )
        found = await as_told(
            info.context,
            [
                EntityRecord(row.properties, tuple(row.versions), labels=tuple(row.labels))
                for row in rows
            ],
        )
        reached = [
            Reached(distance=row.distance, entity=Entity.of(record))
            for row, record in zip(rows, found, strict=True)
        ]
        return pager.connection(
            reached, lambda each: (each.distance, each.entity.record.id), self._count
        )

    async def _count(self) -> int:
        return self.reached


@strawberry.type(
    description="A scan: what to start from, how far to go, what may be done. Its runs carry it out."
)
@requires(Permission.READ_SCANS)
class Scan:
    """A scan, which runs carry out."""

    id: strawberry.ID = strawberry.field(description="The scan's id; its runs share it.")
    name: str = strawberry.field(description="What people call it.")
    seeds: list[str] = strawberry.field(description="What it starts from, as it was given.")
    created_at: datetime = strawberry.field(description="When it was made.")
    spec: Json = strawberry.field(
        description="Everything that was asked for: seeds, presets, scope, budget, options."
    )
    schedule: Schedule | None = strawberry.field(
        description="When it is started by the clock; null where it is not."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Scan:
        """A stored scan as an object of the schema."""
        spec = orjson.loads(stored["spec"])
        return cls(
            id=strawberry.ID(stored["id"]),
            name=stored["name"],
            seeds=spec["seeds"],
            created_at=stored["created_at"],
            spec=Json(spec),
            schedule=Schedule.of(stored["schedule"]) if stored["schedule"] else None,
        )

    @documented()
    async def runs(self, info: Info, first: First = 25, after: After = None) -> Connection[Run]:
        """Its runs, latest first."""
        return await list_runs(info.context, first, after, self.id)


def _trigger(stored: Mapping[str, Any]) -> RunTrigger:
    if stored.get("schedule"):
        return RunTrigger.SCHEDULE
    return RunTrigger.RETRY if stored.get("retries") else RunTrigger.PERSON


def _waits_until(stored: Mapping[str, Any], spec: Mapping[str, Any]) -> datetime | None:
    since = stored.get("idle_at")
    if since is None or stored["state"] != RunState.RUNNING:
        return None
    scope = ScopeRules.model_validate(spec["scope"])
    return Hours.of(scope.hours, scope.timezone).turns_at(since)


def _clock(stored: Mapping[str, Any]) -> Clock:
    return Clock(
        RunState(stored["state"]),
        stored.get("started_at"),
        stored.get("paused_at"),
        stored.get("resumed_at"),
        stored.get("ended_at"),
        stored.get("paused_s") or 0.0,
    )


def _reason(stored: Mapping[str, Any]) -> str | None:
    """What is to be said of a run: what stood in its way, and who was not asked, or not about everything."""
    kept_from = ", ".join(stored.get("kept_from") or [])
    kept = kept_from and f"entities marked above their ceilings were not handed to {kept_from}"
    left_out = [f"not asked: {said}" for said in stored.get("left_out") or []]
    return "; ".join(filter(None, [stored.get("reason"), kept, *left_out])) or None


async def get_scan(context: Context, scan_id: str) -> Scan | None:
    """A scan by its id."""
    params = scan_queries.OneParams(
        org=context.org, readable=context.readable, user=context.principal.user, id=scan_id
    )
    row = await context.store.fetch_one(scan_queries.GET_SCAN.bind(params))
    return Scan.of(row.properties) if row else None


async def get_run(context: Context, run_id: str) -> Run | None:
    """A run by its id."""
    params = run_queries.OneParams(
        org=context.org, readable=context.readable, user=context.principal.user, id=run_id
    )
    row = await context.store.fetch_one(run_queries.GET_RUN.bind(params))
    return Run.of(row.properties) if row else None


async def list_runs(
    context: Context, first: int | None, after: str | None, scan: str | None
) -> Connection[Run]:
    """A page of runs, of one scan or of all."""
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    which = run_queries.OfScanParams(
        org=context.org, readable=context.readable, user=context.principal.user, scan=scan
    )
    rows = await context.store.fetch(
        run_queries.LIST_RUNS.bind(
            run_queries.PageParams(
                **which.model_dump(),
                behind=behind,
                behind_id=behind_id,
                limit=pager.limit,
            )
        )
    )

    async def count() -> int:
        row = await context.store.fetch_one(run_queries.COUNT_RUNS.bind(which))
        return row.total if row else 0

    runs = [Run.of(row.properties) for row in rows]
    return pager.connection(runs, lambda run: (run.created_at, run.id), count)
