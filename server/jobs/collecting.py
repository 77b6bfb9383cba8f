"""A collector's work on one job: take it, have its entities looked at, and hold it meanwhile.

Where a job may take its process along, `isolation` has it carried out in one of its own: a collector that is not
ours, and any job whose holder stopped answering once. What kills or hangs that process then hurts this job alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from collectors._kit.egress import Egress
from collectors._kit.faults import Fault
from collectors._kit.registry import Registry
from graph.errors import Conflict, LimitExceeded, MirageError, StoreOverloaded
from graph.queries import job, lease
from graph.queries.catalog import Bound
from graph.store import Store, Transaction
from graph.tracing import linked, noted
from graph.writer import Fence, Writer
from server.cells import CellDied
from server.jobs import metrics, turning
from server.jobs.gates import HELD
from server.jobs.isolation import Isolation, is_blameless
from server.jobs.log import get_logger
from server.jobs.looking import Looked, Looking
from server.jobs.spec import ScanSpec
from server.modules import breaker
from server.modules.health import Evidence, evidence_of_error, failing
from server.vault.secrets import Secrets

RENEWED_EVERY_S = 4.0
MOST_DEATHS = 2

log = get_logger(__name__)


@dataclass
class Collecting:
    """What a collector process works with."""

    store: Store
    writer: Writer
    egress: Egress
    registry: Registry
    secrets: Secrets
    worker: str
    advance: Callable[[str], Awaitable[None]]
    isolation: Isolation | None = None
    tell: Callable[[str, breaker.Turn], Awaitable[None]] = turning.noted

    @property
    def looking(self) -> Looking:
        """What this process looks with."""
        return Looking(self.store, self.writer, self.egress, self.registry, self.secrets)

    async def carry_out(self, job_id: str) -> str:
        """Do the job `job_id` and give how it ended.

        done, failed, died (its process did), gone (somebody else has it, or has to take it since this process lacks
        the collector), continued (its time was over before its entities were: the rest is taken up again).
        """
        taking = job.TakeParams(
            lease=job_id, worker=self.worker, held_s=HELD.total_seconds(),
            offered=list(self.registry.collectors),
            versions={name: each.manifest.version for name, each in self.registry.collectors.items()},
        )  # fmt: skip
        taken = await self.store.fetch_one(job.TAKE_LEASE.bind(taking))
        if taken is None:
            return "gone"
        linked(taken.traceparent)
        noted(
            {"mirage.lease": job_id, "mirage.collector": taken.collector, "mirage.run": taken.run}
        )
        fence = Fence(job_id, taken.fence)
        if self._is_outside_hours(taken):
            await self.store.fetch(_going_on(fence, "its run contacts no hosts at this hour"))
            return "continued"
        try:
            outcome = await self._carried_out(taken, fence)
        except Conflict:
            return "gone"
        except asyncio.CancelledError:
            # This process is asked to stop: whoever is left goes on with the job at once.
            await asyncio.shield(self._release(fence, "its worker was stopped"))
            raise
        except LimitExceeded as error:
            # Limits of sources are in answers; this one is the database's, which has too much to do.
            await self._release(fence, str(error))
            raise StoreOverloaded("the database is too busy for a job's own queries") from error
        except CellDied as death:
            await self._died(taken, fence, str(death))
            outcome = "died"
        except MirageError as error:
            if error.is_retryable:
                blame = not is_blameless(error)
                await self.store.fetch(_giving_back(fence, str(error), counts=blame))
                raise
            log.warning("a job failed", lease=job_id, collector=taken.collector, reason=str(error))
            ending = _ending(fence, "FAILED", str(error), 0)
            await self._end(taken, fence, ending, evidence_of_error(error))
            outcome = "failed"
        await self.advance(taken.run)
        return outcome

    def _is_outside_hours(self, taken: job.TakenRow) -> bool:
        """Whether a job was hinted in the hours of its run and reached this process after their end."""
        if not self.registry.get(taken.collector).manifest.contacts_hosts:
            return False
        hours = ScanSpec.model_validate_json(taken.spec).contact_hours
        return not hours.is_open(taken.at)

    async def _carried_out(self, taken: job.TakenRow, fence: Fence) -> str:
        """Look at what is left of the job and say so in the graph. Raises Conflict where it was lost meanwhile."""
        async with self._held(fence) as lost:
            looked = await self._look(taken, fence, lost)
            if lost.is_set():
                raise Conflict("the job was lost while it was carried out")
        if looked.left and (looked.asked or looked.keyless):
            said = looked.keyless or f"{looked.left} of its entities are left"
            left = _going_on(fence, said)
            await self._end(taken, fence, left, looked.evidence)
            return "continued"
        ending = _ending(fence, "DONE", looked.trouble, looked.asked)
        await self._end(taken, fence, ending, looked.evidence)
        return "done"

    async def _look(self, taken: job.TakenRow, fence: Fence, lost: asyncio.Event) -> Looked:
        """Have the job's entities looked at, in a process of its own where it may do harm."""
        origin = self.registry.get(taken.collector).source.origin
        is_suspect = taken.deaths > 0
        if self.isolation is not None and (is_suspect or origin.kind != "BUILT_IN"):
            kept_for = "" if is_suspect else taken.collector
            return await self.isolation.look(fence, lost, kept_for)
        return await self.looking.look(taken, fence, lost)

    async def _died(self, taken: job.TakenRow, fence: Fence, reason: str) -> None:
        collector = taken.collector
        log.warning("a job's process died", lease=fence.lease, collector=collector, reason=reason)
        metrics.DEATHS.labels(collector).inc()
        params = lease.DeathParams(
            lease=fence.lease,
            fence=fence.number,
            reason=reason[:500],
            most=MOST_DEATHS,
        )
        death = lease.UPSERT_DEATH.bind(params)
        await self._end(taken, fence, death, failing(Fault.DEATH, reason))

    async def _end(
        self, taken: job.TakenRow, fence: Fence, ending: Bound[job.EndedRow], evidence: Evidence
    ) -> None:
        """Let go of a job, and count what it tells of its module; nothing of both where it was lost meanwhile."""

        async def end(tx: Transaction) -> breaker.Turn | None:
            for row in await tx.fetch(ending):
                told = breaker.Told(taken.org, taken.collector, fence, evidence, row.at)
                return await breaker.count(tx, told)
            return None

        turn, _ = await self.store.transact(end)
        if turn is not None:
            await self.tell(taken.org, turn)

    @asynccontextmanager
    async def _held(self, fence: Fence) -> AsyncIterator[asyncio.Event]:
        """Renew the hold on a job; the event is set once it is lost."""
        lost = asyncio.Event()
        renewing = asyncio.create_task(self._renew(fence, lost))
        try:
            yield lost
        finally:
            renewing.cancel()
            with _ignoring_cancel():
                await renewing

    async def _renew(self, fence: Fence, lost: asyncio.Event) -> None:
        while not lost.is_set():
            await asyncio.sleep(RENEWED_EVERY_S)
            params = job.RenewParams(
                lease=fence.lease, fence=fence.number, held_s=HELD.total_seconds()
            )
            if not await self.store.fetch(job.RENEW_LEASE.bind(params)):
                lost.set()

    async def _release(self, fence: Fence, reason: str) -> None:
        await self.store.fetch(_giving_back(fence, reason))


def _ending(fence: Fence, state: str, reason: str, requests: int) -> Bound[job.EndedRow]:
    params = job.FinishParams(
        lease=fence.lease, fence=fence.number, state=state, reason=reason[:500],
        requests=requests,
    )  # fmt: skip
    return job.FINISH_LEASE.bind(params)


def _going_on(fence: Fence, reason: str) -> Bound[job.EndedRow]:
    return _giving_back(fence, reason, counts=False, at_once=True)


def _giving_back(
    fence: Fence, reason: str, *, counts: bool = True, at_once: bool = False
) -> Bound[job.EndedRow]:
    params = job.ReleaseParams(
        lease=fence.lease, fence=fence.number, reason=reason[:500], counts=counts, at_once=at_once
    )
    return job.RELEASE_LEASE.bind(params)


@contextmanager
def _ignoring_cancel() -> Iterator[None]:
    """The renewal was cancelled by ourselves; any other end of it is a fault to be seen."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
