"""The conductor's step: follow what ended, put what is new into scope, make the jobs that follow.

One transaction under the run's lock, so that it may run anywhere, any number of times, and be killed at any moment:
what is left to do is always in the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from collectors._kit.manifest import CollectorManifest
from graph.encoding import encode
from graph.errors import Conflict
from graph.model.base import Entity
from graph.queries import gate, job
from graph.store import Limits, Store, Transaction
from graph.writer import write_group
from server.configuration.rules import host_of
from server.jobs.ending import leave_ended
from server.jobs.frontier import Frontier
from server.jobs.gates import HELD, HINT_AGAIN, Ready
from server.jobs.handing import (
    Batch,
    Member,
    batches,
    kept_back,
    kept_out,
    members,
    questions,
    questions_nearer,
)
from server.jobs.holding import hint, let_contact
from server.jobs.lifecycle import FINAL, Act, RunState
from server.jobs.means import work_of
from server.jobs.queue import Hint
from server.jobs.scope import host_ids, is_part
from server.jobs.seeds import named_by, seed_answers
from server.jobs.step import Step, Work
from server.modules.pins import Versions

MOST_ATTEMPTS = 5
LEFT = "not asked: its module does not work"
STEP_LIMITS = Limits(timeout_s=60, retry_s=120)


async def advance(
    store: Store,
    run: str,
    manifests: Mapping[str, CollectorManifest],
    now: datetime | None = None,
    offered: Collection[str] | None = None,
    versions: Versions | None = None,
) -> Step | None:
    """Move a run one step on; None if there is no such run.

    Of its jobs, those are to be hinted whose collector is among `offered`; others stay as if never hinted, so that a
    step after some process offers it hints them at once. None: all. `versions` are those of them that can be had.
    """
    able = None if offered is None else sorted(offered)

    async def work(tx: Transaction) -> Step | None:
        planner = _Planner(tx, run, manifests, able)
        # While the database was away nobody could renew what they hold: that is nobody's death.
        planner.versions, planner.given = versions, now
        planner.patience = HELD if store.was_away(HELD) else timedelta()
        return await planner.step()

    step, _ = await store.transact(work, limits=STEP_LIMITS)
    return step


class _Planner:
    """One step of one run, within one transaction."""

    def __init__(
        self,
        tx: Transaction,
        run: str,
        manifests: Mapping[str, CollectorManifest],
        offered: list[str] | None,
    ) -> None:
        self.tx = tx
        self.run = run
        self.manifests = manifests
        self.given: datetime | None = None  # the time, in tests; the database's otherwise
        self.able = offered  # of these, who can be had
        self.offered = offered  # of these, whose jobs may be carried out now
        self.versions: Versions | None = None  # that can be had of them
        self.hinted = offered  # of these, whose jobs are simply hinted
        self.patience = timedelta()  # with those who have not renewed what they hold

    async def step(self) -> Step | None:
        locking = job.LockParams(run=self.run, at=self.given)
        locked = await self.tx.fetch(job.LOCK_RUN.bind(locking))
        if not locked:
            return None
        found = locked[0]
        self.now = found.now
        step = Step(
            found.id, found.org, found.state, found.reached, found.requests, found.jobs_done,
            found.jobs_failed, found.jobs_open, found.reason or "", set(found.kept_from),
            dict(each.partition(": ")[::2] for each in found.left_out),
        )  # fmt: skip
        if found.state in FINAL or found.state == RunState.PAUSED:
            return step
        work = await work_of(self.tx, step, found, self.manifests, self.now)
        self.able = work.available(self.offered, self.manifests, self.versions)
        self.offered = work.at_once(self.able, self.manifests)
        self.hinted = work.gates.narrowed(self.offered, self.manifests)
        step.do(Act.START)
        if found.started_at is None:
            await (self._begin_again(work, found.retries) if found.retries else self._begin(work))
        await self._reap(work)
        await self._follow(work)
        await self._reach(work, await Frontier(self.tx, work).held_back())
        await self._settle(work)
        await leave_ended(self.tx, step.org, self.run, step.state, self.now)
        return step

    async def _begin(self, work: Work) -> None:
        """The seeds are the first ring; that they were asked for is a claim of its own."""
        org, entities = work.step.org, work.spec.seed_entities()
        markings = await self._markings(org, (each for seed in entities for each in named_by(seed)))
        answers = seed_answers(org, self.run, entities, markings, self.now)
        await write_group(self.tx, org, [encode(org, answer) for answer in answers], self.now)
        markings = await self._markings(org, entities)
        entities = [seed for seed in entities if not work.scope.exclude.cover(seed)]
        ids = [seed.id_in(org) for seed in entities]
        seeds = [Member(i, e, 0, markings.get(i, "")) for i, e in zip(ids, entities, strict=True)]
        await self._reach(work, seeds)

    async def _begin_again(self, work: Work, former: str) -> None:
        """What failed in the run `former` is the first ring, each entity for the collectors that failed about it.

        The hosts of services and pages come into scope with them, as far as they were.
        """
        failed = await self.tx.fetch(
            job.LIST_FAILED.bind(job.FailedParams(run=former, jobs=work.found.retries_jobs))
        )
        far: dict[str, int] = {}
        for row in failed:
            far[row.id] = min(row.distance, far.get(row.id, row.distance))
        all_of_it = members(list({row.id: row for row in failed}.values()), far)
        frontier = Frontier(self.tx, work)
        ring = (await frontier.take_in(all_of_it)).new
        ids = host_ids(work.step.org, {host_of(m.entity) for m in ring if is_part(m.entity)})
        params = job.DistancesParams(run=former, ids=ids)
        hosts = {r.id: r.distance for r in await self.tx.fetch(job.LIST_DISTANCES.bind(params))}
        targets = job.TargetsParams(org=work.step.org, ids=sorted(hosts))
        rows = await self.tx.fetch(job.LIST_TARGETS.bind(targets))
        await frontier.take_in(members(rows, hosts))
        for manifest in work.collectors:
            about = {row.id for row in failed if row.collector == manifest.id}
            again = [member for member in ring if member.id in about]
            work.step.kept_from |= kept_back(again, [manifest], work.scope)
            await self._ask(work, again, manifest)
        failed_about = {row.collector for row in failed if row.id in {each.id for each in ring}}
        work.leave_out(failed_about & {manifest.id for manifest in work.broken})
        work.begins_with = work.step.reached
        if not work.open_jobs and not work.step.left_out:
            work.step.reason = "nothing of what failed can be asked again"

    async def _markings(self, org: str, entities: Iterable[Entity]) -> dict[str, str]:
        """The markings of those of these that are known and marked, by id."""
        ids = sorted({entity.id_in(org) for entity in entities})
        rows = await self.tx.fetch(job.LIST_TARGETS.bind(job.TargetsParams(org=org, ids=ids)))
        return {row.id: row.tlp for row in rows if row.tlp}

    async def _reap(self, work: Work) -> None:
        expired = job.ExpiredParams(
            run=self.run,
            at=self.now,
            expired_before=self.now - self.patience,
            most_attempts=MOST_ATTEMPTS,
            hint_before=self.now - HINT_AGAIN,
            offered=self.hinted,
        )
        for row in await self.tx.fetch(job.UPSERT_EXPIRED.bind(expired)):
            if row.state == "READY" and self._is_hinted(row.collector):
                work.step.hints.append(Hint(row.id, row.collector, row.fence))

    async def _follow(self, work: Work) -> None:
        """What ended jobs found is the next ring, as far as scope and budget allow."""
        leases = await self.tx.fetch(job.LIST_LEASES.bind(job.RunParams(run=self.run)))
        work.open_jobs = sum(1 for lease in leases if lease.state in ("READY", "TAKEN"))
        work.ready = [
            Ready(each.id, each.collector, each.hinted_at, each.fence)
            for each in leases
            if each.state == "READY"
        ]
        ended = [lease for lease in leases if lease.state in ("DONE", "FAILED")]
        if not ended:
            return
        step = work.step
        step.jobs_done += sum(lease.state == "DONE" and not lease.is_reused for lease in ended)
        step.jobs_failed += sum(1 for lease in ended if lease.state == "FAILED")
        step.requests += sum(lease.requests for lease in ended)
        # One reason tells a person where to look; what each job met is on its observations.
        step.reason = step.reason or next(
            (f"{x.collector}: {x.reason}" for x in ended if x.reason), ""
        )
        await work.reuse.keep(self.tx, step.org, self.run, ended)
        if not work.spent:
            await self._reach(work, await Frontier(self.tx, work).beyond(ended))
            await self._stand_in(work, [lease for lease in ended if not lease.is_reused])
        followed = job.FollowedParams(leases=[lease.id for lease in ended], at=self.now)
        await self.tx.fetch(job.UPSERT_FOLLOWED.bind(followed))

    async def _reach(self, work: Work, found: Sequence[Member]) -> None:
        """Put what was found into scope, within the budget, and make the jobs for what is new or nearer in it."""
        frontier = Frontier(self.tx, work)
        while found:
            ring = await frontier.take_in(found)
            came = ring.new + [member for member, _ in ring.nearer]
            work.step.kept_from |= kept_back(came, work.collectors, work.scope)
            work.leave_out(kept_out(came, work.collectors, work.broken, work.scope))
            asked = questions(ring.new, work.collectors, work.scope)
            asked |= questions_nearer(ring.nearer, work.collectors, work.scope)
            fresh = await work.reuse.fresh(self.tx, came, asked)
            await self._make_jobs(work, batches(self.run, asked, work.reuse.ways, fresh))
            found = await frontier.beyond_nearer(ring.nearer)

    async def _ask(self, work: Work, ring: Sequence[Member], manifest: CollectorManifest) -> None:
        """Make the jobs in which one collector is asked anew about what it accepts of a ring."""
        asked = questions(ring, [manifest], work.scope)
        await self._make_jobs(work, batches(self.run, asked, work.reuse.ways))

    async def _stand_in(self, work: Work, ended: Sequence[job.LeftRow]) -> None:
        """Ask the collectors that stand in for one which ended without an answer about an entity."""
        for manifest in [*work.collectors, *work.broken]:
            distances = {
                entity: lease.distance
                for lease in ended
                if lease.collector == manifest.fallback_for
                for entity in lease.entities
            }
            if not distances:
                continue
            ids = sorted(distances)
            answered = await self.tx.fetch(
                job.LIST_ANSWERED.bind(
                    job.ObservedParams(run=self.run, collector=manifest.fallback_for, ids=ids)
                )
            )
            left = sorted(distances.keys() - {row.id for row in answered})
            rows = await self.tx.fetch(
                job.LIST_TARGETS.bind(job.TargetsParams(org=work.step.org, ids=left))
            )
            stand_ins = members(rows, distances)
            if manifest not in work.broken:
                await self._ask(work, stand_ins, manifest)
            elif questions(stand_ins, [manifest], work.scope):
                work.leave_out([manifest.id])

    async def _make_jobs(self, work: Work, made: Sequence[Batch]) -> None:
        if made:
            params = job.LeasesParams(
                org=work.step.org, run=self.run, at=self.now, rows=[vars(each) for each in made],
                offered=self.hinted,
            )  # fmt: skip
            await self.tx.fetch(job.UPSERT_LEASES.bind(params))
        work.open_jobs += len(made)
        for each in made:
            if each.reused_at:
                work.step.goes_on = True  # nobody will tell that it is done
                continue
            work.ready.append(Ready(each.id, each.collector))
            if self._is_hinted(each.collector):
                work.step.hints.append(Hint(each.id, each.collector))

    def _is_hinted(self, collector: str) -> bool:
        return self.hinted is None or collector in self.hinted

    async def _wait(self, work: Work) -> None:
        """Let one job of each module through that is tried, and wait for the others only as long as it is worth it."""
        held = [each for each in work.ready if work.gates.is_held(each.collector)]
        await hint(self.tx, work, work.gates.trials(held, self.offered))
        is_all = len(held) == work.open_jobs
        waited_for = {each.collector for each in held} if is_all else ()
        left = work.gates.hopeless(waited_for, work.time_left)
        if not left:
            return
        leave = gate.LeaveParams(run=self.run, collectors=left, reason=LEFT, at=self.now)
        rows = await self.tx.fetch(gate.DROP_READY.bind(leave))
        work.open_jobs -= len(rows)
        work.leave_out(left)
        await self._stand_in(work, rows)

    async def _settle(self, work: Work) -> None:
        step = work.step
        came_to_nothing = bool(step.reason) and step.reached <= work.begins_with
        if spent := work.spent:
            step.reason = spent
            await self._drop_open_jobs(step)
        else:
            await self._wait(work)
            await let_contact(self.tx, work, self.manifests, self.able)
            step.jobs_open = work.open_jobs
            step.reason = work.spec.budget.spent("entities") if work.is_full else step.reason
        if step.jobs_open == 0:
            step.do(Act.FAIL if came_to_nothing else Act.FINISH)
        moved = await self.tx.fetch(
            job.UPSERT_RUN_STATE.bind(
                job.RunMoveParams(
                    run=self.run,
                    before=work.found.state,
                    state=step.state,
                    reason=step.reason,
                    reached=step.reached,
                    requests=step.requests,
                    jobs_open=step.jobs_open,
                    jobs_done=step.jobs_done,
                    jobs_failed=step.jobs_failed,
                    kept_from=sorted(step.kept_from),
                    left_out=step.left_out_told,
                    is_full=work.is_full,
                    begins_with=work.begins_with,
                    is_idle=work.is_idle(self.manifests),
                    idled_s=work.idled_s,
                    at=self.now,
                )
            )
        )
        if not moved:
            raise Conflict(f"run {self.run} was moved from {work.found.state} under its lock")

    async def _drop_open_jobs(self, step: Step) -> None:
        await self.tx.fetch(job.DROP_LEASES.bind(job.DropParams(run=self.run, at=self.now)))
        step.jobs_open = 0
        step.hints.clear()
