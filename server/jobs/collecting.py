"""A collector's work on one job: take it, look, write, and hold it meanwhile.

Everything of one entity is written together, so that whoever takes the job over begins behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from collectors._kit.egress import Egress
from collectors._kit.manifest import CollectorManifest
from collectors._kit.redaction import redact
from collectors._kit.registry import BrokenCollector, Registry
from collectors._kit.runner import Batch, Runner
from graph.errors import Conflict, LimitExceeded, MirageError, StoreUnavailable
from graph.facts import Answer, strictest_of
from graph.model.base import Entity
from graph.model.registry import kinds, make
from graph.queries import job
from graph.store import Store
from graph.writer import Fence, Writer
from server.jobs.log import get_logger, hidden
from server.jobs.scope import Scope, host_ids
from server.jobs.spec import ScanSpec
from server.modules.settings import UNSET, ModuleDisabled, Options, Settings
from server.vault.secrets import Secrets

HELD = timedelta(seconds=15)
RENEWED_EVERY_S = 4.0
FLUSH_AT = 100  # answers
DEADLINE_S = 300.0

log = get_logger(__name__)


@dataclass
class Doorkeeper:
    """Says which hosts a job may contact; asks the graph about those that its targets and the rules don't tell of."""

    store: Store
    org: str
    run: str
    scope: Scope

    async def refusal(self, host: str) -> str:
        """Why `host` (a name or an address) may not be contacted; empty if it may."""
        if not self.scope.is_decided(host):
            ids = host_ids(self.org, [host])
            params = job.DistancesParams(run=self.run, ids=ids)
            rows = await self.store.fetch(job.LIST_DISTANCES.bind(params))
            self.scope.reached.update({row.key: row.distance for row in rows})
        return self.scope.refusal(host)


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

    async def carry_out(self, lease: str) -> str:
        """Do the job `lease` and give how it ended.

        done, failed, gone (somebody else has it), continued (its time was over before its entities were: the rest is
        taken up again).
        """
        now = datetime.now(UTC)
        taking = job.TakeParams(lease=lease, worker=self.worker, at=now, expires_at=now + HELD)
        taken = await self.store.fetch_one(job.TAKE_LEASE.bind(taking))
        if taken is None:
            return "gone"
        fence = Fence(lease, taken.fence)
        try:
            async with self._held(fence) as lost:
                asked, left = await self._look(taken, fence, lost)
                if lost.is_set():
                    return "gone"
            if left and asked:
                await self._release(fence, f"{left} of its entities are left", goes_on=True)
                await self.advance(taken.run)
                return "continued"
            await self._finish(fence, "DONE", self.egress.trouble, asked)
        except Conflict:
            return "gone"
        except asyncio.CancelledError:
            # This process is asked to stop: whoever is left goes on with the job at once.
            await asyncio.shield(self._release(fence, "its worker was stopped"))
            raise
        except LimitExceeded as error:
            # Limits of sources are in answers; this one is the database's, which has too much to do.
            await self._release(fence, str(error))
            raise StoreUnavailable("the database is too busy for a job's own queries") from error
        except MirageError as error:
            if error.is_retryable:
                await self._release(fence, str(error))
                raise
            log.warning("a job failed", lease=lease, collector=taken.collector, reason=str(error))
            await self._finish(fence, "FAILED", str(error), 0)
            await self.advance(taken.run)
            return "failed"
        await self.advance(taken.run)
        return "done"

    async def _look(
        self, taken: job.TakenRow, fence: Fence, lost: asyncio.Event
    ) -> tuple[int, int]:
        """Run the collector on what is left of the batch and write what it answers; how many were and were not done.

        Its secrets are opened for that long and kept out of whatever is logged meanwhile.
        """
        listed = self.registry.get(taken.collector)
        usual = await self._usual_options(taken)
        marked = await self._targets(taken, listed.manifest)
        targets = [entity for entity, _ in marked]
        markings = {(entity.label, entity.key): tlp for entity, tlp in marked}
        source, names = listed.source.manifest.id, listed.manifest.secrets
        opened = await self.secrets.opened(taken.org, source, names)
        done: set[str] = set()
        answers: list[Answer] = []
        with hidden(opened.values()), _without(opened.values()):
            batch = self._batch(taken, targets, opened, usual)
            async for answer in Runner(self.egress).run(batch, cancel=lost):
                if len(answers) >= FLUSH_AT and answer.about is not answers[-1].about:
                    await self.writer.write(taken.org, answers, fence)
                    answers = []
                answers.append(_as_marked(answer, markings))
                done.add(answer.about.key)
            if answers and not lost.is_set():
                await self.writer.write(taken.org, answers, fence)
        return len(done), sum(target.key not in done for target in targets)

    async def _usual_options(self, taken: job.TakenRow) -> Options:
        """The options that are usual in the organization. Raises ModuleDisabled where it uses the collector no more."""
        setting = (await Settings(self.store).of(taken.org)).get(taken.collector, UNSET)
        if not setting.is_enabled:
            raise ModuleDisabled("it was disabled for the organization before this job began")
        return setting.options

    def _batch(
        self,
        taken: job.TakenRow,
        targets: Sequence[Entity],
        secrets: Mapping[str, str],
        usual: Options,
    ) -> Batch:
        """What the runner is to carry out; a scan's options go before those that are `usual`."""
        spec = ScanSpec.model_validate_json(taken.spec)
        listed = self.registry.get(taken.collector)
        scope = Scope.of(spec)
        for target in targets:
            scope.take(target, taken.distance)
        options = {**usual, **spec.options.get(taken.collector, {})}
        return Batch(
            self.registry.make(taken.collector, options, secrets),
            listed.manifest,
            targets,
            run=taken.run,
            scope=Doorkeeper(self.store, taken.org, taken.run, scope),
            source=listed.source.manifest.id,
            deadline_s=DEADLINE_S,
        )

    async def _targets(
        self, taken: job.TakenRow, manifest: CollectorManifest
    ) -> list[tuple[Entity, str]]:
        """The job's entities that this collector has not yet looked at in the run, with their markings.

        What came to be marked above its ceiling since the job was made is left out.
        """
        done = job.ObservedParams(run=taken.run, collector=taken.collector, ids=taken.entities)
        seen = {row.id for row in await self.store.fetch(job.LIST_OBSERVED.bind(done))}
        rows = await self.store.fetch(
            job.LIST_TARGETS.bind(job.TargetsParams(org=taken.org, ids=taken.entities))
        )
        left = [row for row in rows if row.id not in seen and manifest.may_hear_of(row.tlp or "")]
        return [
            (entity, row.tlp or "") for entity, row in zip(entities_of(left), left, strict=True)
        ]

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
            until = datetime.now(UTC) + HELD
            params = job.RenewParams(lease=fence.lease, fence=fence.number, expires_at=until)
            if not await self.store.fetch(job.RENEW_LEASE.bind(params)):
                lost.set()

    async def _finish(self, fence: Fence, state: str, reason: str, requests: int) -> None:
        params = job.FinishParams(
            lease=fence.lease, fence=fence.number, state=state, reason=reason[:500],
            requests=requests, at=datetime.now(UTC),
        )  # fmt: skip
        await self.store.fetch(job.FINISH_LEASE.bind(params))

    async def _release(self, fence: Fence, reason: str, *, goes_on: bool = False) -> None:
        params = job.ReleaseParams(
            lease=fence.lease, fence=fence.number, reason=reason[:500], goes_on=goes_on
        )
        await self.store.fetch(job.RELEASE_LEASE.bind(params))


def _as_marked(answer: Answer, markings: Mapping[tuple[str, str], str]) -> Answer:
    """The answer, marked at least like the entity that was looked at.

    What comes of asking about something confidential tells of it: its addresses, its contacts, that it exists.
    """
    tlp = strictest_of([answer.tlp, markings.get((answer.about.label, answer.about.key), "")])
    return answer if tlp == answer.tlp else replace(answer, tlp=tlp)


def entities_of(rows: list[job.TargetRow]) -> Iterator[Entity]:
    """Entities made again from their labels and keys."""
    by_label = kinds()
    for row in rows:
        label = next(label for label in row.labels if label in by_label)
        yield make(label, row.key)


@contextmanager
def _without(secrets: Collection[str]) -> Iterator[None]:
    """What code of collectors raises unforeseen may hold their secrets, and is logged by others later."""
    try:
        yield
    except MirageError:
        raise
    except Exception as error:
        if not secrets:
            raise
        raise BrokenCollector(f"a defect: {redact(repr(error), secrets)}") from None


@contextmanager
def _ignoring_cancel() -> Iterator[None]:
    """The renewal was cancelled by ourselves; any other end of it is a fault to be seen."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
