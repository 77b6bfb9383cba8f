"""Start, pause, resume and cancel runs: what the API asks for, wholly in the graph once it has answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from arq.connections import ArqRedis

from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.queries import job, run_acts
from graph.store import Store, Transaction
from graph.tracing import traceparent
from graph.writer import EventGroup
from server.jobs import lifecycle
from server.jobs.ending import leave_ended
from server.jobs.events import Publisher
from server.jobs.lifecycle import Act, RunState, Standing
from server.jobs.queue import hint_advance, hint_or_wait
from server.jobs.spec import ScanSpec


@dataclass(frozen=True)
class Started:
    """A run that was accepted. It reaches a final state whatever dies."""

    scan: str
    run: str


async def start(
    store: Store,
    queue: ArqRedis,
    org: str,
    user: str,
    spec: ScanSpec,
    started: Started | None = None,
) -> Started:
    """Accept a run of `spec` for the organization `org`; `started` names the scan and the run, else both are new.

    Started again by the same names, it is the same run. With Redis away it still starts: a conductor looks for
    accepted runs by itself. Raises Refused for a seed or rule that cannot be read.
    """
    started = started or Started(str(uuid.uuid4()), str(uuid.uuid4()))
    params = job.UpsertRunParams(
        org=org, scan=started.scan, run=started.run, name=spec.title,
        spec=spec.model_dump_json(), named=spec.named_ids(org), by=user,
        traceparent=traceparent(),
    )  # fmt: skip
    await store.fetch(job.UPSERT_RUN.bind(params))
    await hint(queue, started.run)
    return started


_STATEMENTS = {
    Act.PAUSE: (run_acts.PAUSE_RUN, "run.paused"),
    Act.RESUME: (run_acts.RESUME_RUN, "run.resumed"),
    Act.CANCEL: (run_acts.CANCEL_RUN, "run.cancelled"),
}


@dataclass(frozen=True)
class Runs:
    """What a user does to runs of an organization. Each act tells those who follow the run, where it changed it.

    Raises NotFound where the organization has no such run, Conflict where its state does not allow the act.
    `now` is for tests: without it the time is the database's, as processes may run on several hosts.
    """

    store: Store
    queue: ArqRedis
    org: str
    user: str
    now: Callable[[], datetime | None] = lambda: None

    async def pause(self, run: str) -> str:
        """Hold a run and give its state: no job is handed out any more, those under way end and are kept."""
        return await self._do(Act.PAUSE, run)

    async def resume(self, run: str) -> str:
        """Let a paused run go on where it stood, and give its state."""
        state = await self._do(Act.RESUME, run)
        await hint(self.queue, run)
        return state

    async def cancel(self, run: str) -> str:
        """End a run at once and give its state. A run that has ended stays as it is."""
        return await self._do(Act.CANCEL, run)

    async def change_budget(self, run: str, change: Mapping[str, int]) -> None:
        """Give a run other bounds where `change` names them; what is spent already ends it at its next step.

        Raises InvalidQuestion for what is out of bounds.
        """
        if not change:
            raise InvalidQuestion(
                "budget: name at least one of entities, requests, minutes and keyUnits"
            )
        await self.store.transact(lambda tx: self._rebudget(tx, run, change))
        await Publisher(self.store, self.queue).tell(
            self.org, EventGroup("run.progressed", "Run", (run,), run)
        )
        await hint(self.queue, run)

    async def _rebudget(self, tx: Transaction, run: str, change: Mapping[str, int]) -> None:
        found = await self._locked(tx, run, Act.CHANGE_BUDGET)
        former = ScanSpec.model_validate_json(found.spec)
        # That there is no room is said again by the next step, where it is still so.
        said = found.reason or ""
        reason = "" if said == former.budget.spent("entities") else said
        spec = former.with_budget(change).model_dump_json()
        params = run_acts.BudgetParams(run=run, spec=spec, reason=reason)
        await tx.fetch(run_acts.UPSERT_BUDGET.bind(params))

    async def retry_failed(self, run: str, retry: str, jobs: Sequence[str] | None = None) -> None:
        """Accept `retry`, a run of the same scan that begins with what failed in `run`, and with nothing else.

        `jobs` are the only jobs of it that are repeated. Raises Conflict where nothing failed, too.
        """
        only = sorted(set(jobs)) if jobs is not None else None
        await self.store.transact(lambda tx: self._repeat(tx, run, retry, only))
        await hint(self.queue, retry)

    async def _repeat(self, tx: Transaction, run: str, retry: str, jobs: list[str] | None) -> None:
        await self._locked(tx, run, Act.RETRY)
        if not await tx.fetch(job.LIST_FAILED.bind(job.FailedParams(run=run, jobs=jobs))):
            if jobs is not None:
                raise Conflict(
                    "jobs: none of these failed in the run; `deadLetters` lists those that did"
                )
            raise Conflict("nothing failed in the run; `runAgain` carries all of it out once more")
        params = run_acts.RetryParams(
            run=run, retry=retry, jobs=jobs, by=self.user, at=self.now(), traceparent=traceparent(),
        )  # fmt: skip
        await tx.fetch(run_acts.UPSERT_RETRY.bind(params))

    async def _locked(self, tx: Transaction, run: str, act: Act) -> job.LockedRunRow:
        """The run, locked for an act that its state allows."""
        found = next(iter(await tx.fetch(job.LOCK_RUN.bind(job.LockParams(run=run)))), None)
        if found is None or found.org != self.org:
            raise NotFound(f"there is no run {run}")
        lifecycle.after(act, Standing(RunState(found.state), found.ended_at, found.ended_by))
        return found

    async def _do(self, act: Act, run: str) -> str:
        statement, event = _STATEMENTS[act]
        params = run_acts.ActParams(
            org=self.org, run=run, by=self.user, at=self.now(),
            moving=lifecycle.moving_from(act), state=lifecycle.target_of(act),
        )  # fmt: skip
        act_on = statement.bind(params)

        async def work(tx: Transaction) -> run_acts.ActRow | None:
            found = next(iter(await tx.fetch(act_on)), None)
            if found is not None and found.state != found.before and found.ended_at is not None:
                await leave_ended(tx, self.org, run, found.state, found.ended_at)
            return found

        row, _ = await self.store.transact(work)
        if row is None:
            raise NotFound(f"there is no run {run}")
        before = RunState(row.before)
        lifecycle.after(act, Standing(before, row.ended_at, row.ended_by))
        if row.state != before:
            told = EventGroup(event, "Run", (run,), run)
            await Publisher(self.store, self.queue).tell(self.org, told)
        return row.state


async def hint(queue: ArqRedis, run: str) -> None:
    """Have a conductor look at a run soon."""
    await hint_or_wait(hint_advance(queue, run), f"run {run}")
