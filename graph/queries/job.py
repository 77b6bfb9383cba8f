"""The queries by which runs and their jobs move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.catalog import Params, Query, Row


class RunParams(Params):
    """A run."""

    run: str


class LockParams(RunParams):
    """A run to be locked."""

    at: datetime | None = None


class IdRow(Row):
    """One id."""

    id: str


class UpsertRunParams(Params):
    """A run to be made."""

    org: str
    scan: str
    run: str
    name: str
    spec: str
    named: list[str]
    by: str
    at: datetime | None = None
    traceparent: str | None = None


class RunStateRow(Row):
    """A run and its state."""

    id: str
    state: str


class LockedRunRow(Row):
    """A run as the conductor needs it."""

    id: str
    org: str
    state: str
    spec: str
    reached: int
    requests: int
    jobs_done: int
    jobs_failed: int
    jobs_open: int
    started_at: datetime | None
    cancelled_by: str | None
    reason: str | None
    kept_from: list[str]
    left_out: list[str]
    paused_s: float
    is_full: bool
    ended_at: datetime | None
    ended_by: str | None
    retries: str | None
    retries_jobs: list[str] | None
    begins_with: int | None
    idle_at: datetime | None
    paused_at: datetime | None
    key_units: int
    now: datetime


class RunMoveParams(Params):
    """Where a run moves, with its counts; `before` is the state it has to be in."""

    run: str
    before: str
    state: str
    reason: str
    reached: int
    requests: int
    jobs_open: int
    jobs_done: int
    jobs_failed: int
    kept_from: list[str]
    left_out: list[str]
    is_full: bool
    begins_with: int
    is_idle: bool
    idled_s: float
    at: datetime


class HeldBackParams(RunParams):
    """Of a run, how many of those for which there was no room."""

    limit: int


class HeldBackRow(Row):
    """An entity for which there was no room, and how far it is."""

    id: str
    labels: list[str]
    key: str
    tlp: str | None
    distance: int


class FailedParams(RunParams):
    """What failed in a run, or only in some of its jobs."""

    jobs: list[str] | None


class FailedRow(HeldBackRow):
    """An entity that a collector failed to look at."""

    collector: str


class ReachedParams(Params):
    """Entities with their distances."""

    run: str
    rows: list[dict[str, Any]]


class ReachedRow(Row):
    """An entity in scope, and how far it `was` before; null where it is new."""

    id: str
    was: int | None


class LeasesParams(Params):
    """Jobs to be made."""

    org: str
    run: str
    at: datetime
    rows: list[dict[str, Any]]
    offered: list[str] | None = None


class TakeParams(Params):
    """Who takes which job, and for how long. `at` is for tests, here and below: the time is the database's."""

    lease: str
    worker: str
    held_s: float
    at: datetime | None = None
    offered: list[str] | None = None
    versions: dict[str, int] | None = None


class TakenRow(Row):
    """A job in hand."""

    run: str
    org: str
    collector: str
    entities: list[str]
    fence: int
    attempts: int
    deaths: int
    spec: str
    distance: int
    traceparent: str | None
    at: datetime


class RenewParams(Params):
    """A held job, and for how long from now."""

    lease: str
    fence: int
    held_s: float
    at: datetime | None = None


class FinishParams(Params):
    """How a held job ended."""

    lease: str
    fence: int
    state: str
    reason: str
    requests: int
    at: datetime | None = None


class EndedRow(Row):
    """The run of a job that its holder let go, and when."""

    run: str
    at: datetime


class ReleaseParams(Params):
    """A held job that is given back."""

    lease: str
    fence: int
    reason: str
    counts: bool
    at_once: bool


class LeftRow(IdRow):
    """A job that somebody has ended: a collector, and entities that are so far."""

    collector: str
    entities: list[str]
    distance: int


class LeaseRow(LeftRow):
    """A job that is open, or ended and not yet followed."""

    state: str
    attempts: int
    requests: int
    expires_at: datetime | None
    hinted_at: datetime
    is_followed: bool
    reason: str | None
    asked: str | None
    is_reused: bool
    fence: int


class AskedRow(Row):
    """A job that has ended, with those of some entities that it was about."""

    collector: str
    entities: list[str]
    is_reused: bool


class ProducedParams(Params):
    """Entities looked at in a run by collectors."""

    run: str
    entities: list[str]
    collectors: list[str]


class ProducedRow(Row):
    """An entity that was stated, and from which entities."""

    id: str
    labels: list[str]
    key: str
    tlp: str | None
    sources: list[str]


class FollowedParams(Params):
    """Jobs whose results were followed."""

    leases: list[str]
    at: datetime


class ExpiredParams(Params):
    """When a job counts as left alone."""

    run: str
    at: datetime
    expired_before: datetime
    most_attempts: int
    hint_before: datetime
    offered: list[str] | None = None


class ExpiredRow(Row):
    """A job to be hinted again, or now dead."""

    id: str
    state: str
    collector: str
    fence: int


class StatesParams(Params):
    """Runs in some states."""

    states: list[str]


class OpenRunRow(Row):
    """A run that has not ended."""

    id: str
    org: str


class DeletedRow(Row):
    """How many went."""

    deleted: int


class TargetsParams(Params):
    """Entities of an organization."""

    org: str
    ids: list[str]


class TargetRow(Row):
    """An entity as a collector needs it."""

    id: str
    labels: list[str]
    key: str
    tlp: str | None


class ObservedParams(RunParams):
    """Entities and a collector in a run."""

    collector: str
    ids: list[str]


class DistancesParams(RunParams):
    """Entities in a run."""

    ids: list[str]


class DistanceRow(Row):
    """An entity in scope and how far it is."""

    id: str
    key: str
    distance: int


class PlacementsParams(Params):
    """Addresses of an organization."""

    org: str
    ids: list[str]


class PlacementRow(Row):
    """An address, and what is known of where it lies."""

    key: str
    countries: list[str]
    systems: list[str]
    providers: list[str]
    organizations: list[str]


class DropParams(RunParams):
    """A run whose open jobs end."""

    at: datetime


UPSERT_RUN = Query("job/upsert_run", UpsertRunParams, RunStateRow)
LOCK_RUN = Query("job/lock_run", LockParams, LockedRunRow)
UPSERT_RUN_STATE = Query("job/upsert_run_state", RunMoveParams, IdRow)
UPSERT_REACHED = Query("job/upsert_reached", ReachedParams, ReachedRow)
UPSERT_HELD_BACK = Query("job/upsert_held_back", ReachedParams, IdRow)
LIST_FAILED = Query("job/list_failed", FailedParams, FailedRow)
TAKE_HELD_BACK = Query("job/take_held_back", HeldBackParams, HeldBackRow)
UPSERT_LEASES = Query("job/upsert_leases", LeasesParams, IdRow)
TAKE_LEASE = Query("job/take_lease", TakeParams, TakenRow)
RENEW_LEASE = Query("job/renew_lease", RenewParams, IdRow)
FINISH_LEASE = Query("job/finish_lease", FinishParams, EndedRow)
RELEASE_LEASE = Query("job/release_lease", ReleaseParams, EndedRow)
LIST_LEASES = Query("job/list_leases", RunParams, LeaseRow)
LIST_ASKED = Query("job/list_asked", DistancesParams, AskedRow)
LIST_PRODUCED = Query("job/list_produced", ProducedParams, ProducedRow)
UPSERT_FOLLOWED = Query("job/upsert_followed", FollowedParams, IdRow)
UPSERT_EXPIRED = Query("job/upsert_expired", ExpiredParams, ExpiredRow)
LIST_OPEN_RUNS = Query("job/list_open_runs", StatesParams, OpenRunRow)
LIST_TARGETS = Query("job/list_targets", TargetsParams, TargetRow)
LIST_OBSERVED = Query("job/list_observed", ObservedParams, IdRow)
LIST_ANSWERED = Query("job/list_answered", ObservedParams, IdRow)
LIST_PLACEMENTS = Query("job/list_placements", PlacementsParams, PlacementRow)
LIST_DISTANCES = Query("job/list_distances", DistancesParams, DistanceRow)
DROP_LEASES = Query("job/cancel_leases", DropParams, IdRow)
