"""Starting scans when their schedules say so: once for each moment, however many look and whatever dies.

The run's id follows from the schedule and the moment, and the schedule moves on in the transaction that makes the run:
both are there or neither. The time is the database's, so that it is one for all conductors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from graph.errors import InvalidQuestion, MirageError, NotPermitted
from graph.facts import MARKINGS
from graph.model.base import name_id
from graph.queries import run_acts, scan
from graph.queries import schedule as queries
from graph.queries.organization import GET_MEMBERSHIP, ByUserParams
from graph.queries.schedule import LockedRow
from graph.store import Store, Transaction
from graph.tracing import traceparent
from graph.writer import EventGroup
from server.accounts.acting import grants_of
from server.audit.events import Actor, Event
from server.audit.journal import Audit
from server.auth.policy import Permission
from server.jobs import lifecycle
from server.jobs.ending import leave_ended
from server.jobs.events import Publisher
from server.jobs.lifecycle import OPEN, Act
from server.jobs.queue import Queue
from server.jobs.scans import hint
from server.jobs.spec import ScanSpec
from server.scheduling.asking import check_authorized, check_configuration, check_named, needed
from server.scheduling.deciding import Decision, Outcome, Standing, Told, decide
from server.scheduling.schedules import locked, write
from server.scheduling.timing import Timing
from server.vault.envelope import Sealing

AT_ONCE = 1_000
FIRED = "schedule.fire"


@dataclass(frozen=True)
class Fired:
    """What firing one schedule came to. `run` is the run that began, empty where none did."""

    org: str
    scan: str
    schedule: str
    told: Sequence[Told]
    run: str = ""
    cancelled: Sequence[str] = field(default_factory=tuple)


def run_id(schedule: str, planned_for: datetime) -> str:
    """The id of the run of a schedule's moment."""
    return name_id(schedule, "Run", planned_for.astimezone(UTC).isoformat())


@dataclass(frozen=True)
class Firing:
    """Fires what is due. `now` is for tests: without it the time is the database's."""

    store: Store
    queue: Queue
    keys: Sealing
    audit: Audit | None = None
    now: datetime | None = None

    async def fire_due(self) -> list[Fired]:
        """Fire every schedule of which something is due, and say what came of it.

        Raises StoreUnavailable; what was fired until then stays.
        """
        params = queries.DueParams(now=self.now, open=sorted(OPEN), limit=AT_ONCE)
        due = await self.store.fetch(queries.LIST_DUE.bind(params))
        fired = [await self.fire(row.org, row.scan) for row in due]
        return [each for each in fired if each is not None]

    async def fire(self, org: str, scan_id: str) -> Fired | None:
        """Fire a scan's schedule; None where nothing is due, such as when somebody else was faster."""
        fired, _ = await self.store.transact(lambda tx: self._fire(tx, org, scan_id))
        if fired is not None:
            await self._tell(fired)
        return fired

    async def _fire(self, tx: Transaction, org: str, scan_id: str) -> Fired | None:
        found = await locked(tx, org, scan_id, self.now)
        if found is None or found.schedule is None:
            return None
        decision = await self._decision(tx, found)
        if decision is None:
            return None
        schedule, begun = found.schedule, []
        cancelled: Sequence[str] = ()
        if decision.starts is not None:
            if await self._start(tx, found, decision.starts):
                begun.append(run_id(schedule["id"], decision.starts))
                cancelled = decision.cancels
                await self._cancel(tx, found, cancelled)
            else:
                said = "the moment had its run already"
                last = replace(decision.told[-1], outcome=Outcome.DROPPED, reason=said)
                decision.told[-1] = last
        await write(tx, schedule["id"], decision, found.now, begun)
        return Fired(org, scan_id, schedule["id"], decision.told, "".join(begun), cancelled)

    async def _decision(self, tx: Transaction, found: LockedRow) -> Decision | None:
        stored = found.schedule or {}
        standing = Standing.of(stored, found.open_runs, "")
        if not stored["is_enabled"] or not standing.is_due(found.now):
            return None
        standing = replace(standing, refusal=await self._refusal(tx, found))
        timing = Timing(stored["id"], stored["cron"], stored["timezone"], stored["jitter_s"])
        try:
            return decide(timing, standing, found.now)
        except InvalidQuestion as error:  # such as a time zone that there is no more
            moment = standing.queued_for or stored["planned_at"]
            return Decision(None, None, told=[Told(moment, Outcome.REFUSED, str(error))])

    async def _refusal(self, tx: Transaction, found: LockedRow) -> str:
        """Why no run may begin for whoever set the schedule; empty where one may."""
        try:
            await self._check(tx, found)
        except ValidationError as error:  # bounds that were allowed when the scan was made
            problem = error.errors(include_url=False)[0]
            return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
        except MirageError as error:
            if error.is_retryable:
                raise
            return str(error)
        return ""

    async def _check(self, tx: Transaction, found: LockedRow) -> None:
        """Raise NotPermitted, or what else speaks against the scan's being started by whoever set the schedule."""
        stored = found.schedule or {}
        org, user = stored["org"], stored["set_by"]
        if found.is_closed:
            raise NotPermitted("the organization is suspended")
        rows = await tx.fetch(GET_MEMBERSHIP.bind(ByUserParams(org=org, user=user)))
        if not rows or rows[0].suspended_at is not None or rows[0].is_user_suspended:
            raise NotPermitted("who set the schedule does not belong to the organization any more")
        readable = list(MARKINGS[: MARKINGS.index(rows[0].clearance) + 1])
        params = scan.OneParams(org=org, readable=readable, user=user, id=stored["scan"])
        if not await tx.fetch(scan.GET_SCAN.bind(params)):
            raise NotPermitted("who set the schedule may not read the scan any more")
        spec, held = ScanSpec.model_validate_json(found.spec), grants_of(rows[0])
        for permission, what in [(Permission.RUN_SCANS, "a scan"), *needed(spec)]:
            if permission not in held:
                raise NotPermitted(
                    f"{what} needs the permission {permission}, which who set the schedule does not have"
                )
        check_authorized(spec)
        await check_configuration(self.store, org, spec)
        await check_named(self.store, self.keys, org, spec, found.now)

    async def _start(self, tx: Transaction, found: LockedRow, moment: datetime) -> bool:
        stored = found.schedule or {}
        params = queries.RunParams(
            run=run_id(stored["id"], moment),
            scan=stored["scan"],
            schedule=stored["id"],
            planned_for=moment,
            by=stored["set_by"],
            at=found.now,
            traceparent=traceparent(),
        )
        return (await tx.fetch(queries.UPSERT_RUN.bind(params)))[0].is_new

    async def _cancel(self, tx: Transaction, found: LockedRow, runs: Sequence[str]) -> None:
        stored = found.schedule or {}
        for run in runs:
            params = run_acts.ActParams(
                org=stored["org"], run=run, by=stored["set_by"], at=found.now,
                moving=lifecycle.moving_from(Act.CANCEL), state=lifecycle.target_of(Act.CANCEL),
            )  # fmt: skip
            for row in await tx.fetch(run_acts.CANCEL_RUN.bind(params)):
                if row.state != row.before:
                    await leave_ended(tx, stored["org"], run, row.state, found.now)

    async def _tell(self, fired: Fired) -> None:
        """Let everybody know what is done; a conductor looks for accepted runs by itself, too."""
        if fired.run:
            await hint(self.queue, fired.run)
        publisher = Publisher(self.store, self.queue)
        for run in fired.cancelled:
            await publisher.tell(fired.org, EventGroup("run.cancelled", "Run", (run,), run))
        if self.audit is not None:
            for told in fired.told:
                await self.audit.record(_event(fired, told))


def _event(fired: Fired, told: Told) -> Event:
    moment = told.planned_for.astimezone(UTC).isoformat()
    details = {"scan": fired.scan, "plannedFor": moment, "outcome": told.outcome.value}
    if told.is_run:
        details["run"] = fired.run
    ending = name_id(fired.schedule, FIRED, moment, told.outcome)
    who = Actor(org=fired.org, user="system")
    return Event(FIRED, who, fired.schedule, details=details, id=ending)
