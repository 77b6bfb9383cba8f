"""Runs one collector on one batch of entities and gives an answer for each entity and part.

It owns time, concurrency, the deadline and cancelling; outcomes are `conversation`'s, policy is
`egress`'s, and writing the answers is the caller's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from collectors._kit.base import Collector, Request
from collectors._kit.conversation import Asked, Conversation, PartState
from collectors._kit.egress import Asker
from collectors._kit.faults import Tally
from collectors._kit.keys import Keyed, Loan, NoKey
from collectors._kit.limits import Monotonic
from collectors._kit.manifest import CollectorManifest
from collectors._kit.pages import Exchange
from collectors._kit.policy import EVERYWHERE, Scope
from collectors._kit.record import readdressed
from collectors._kit.redaction import redact
from graph.errors import MirageError, StorageFull
from graph.facts import Answer
from graph.model.base import Entity

_REQUESTS_AT_ONCE = 6  # of one entity
_WAITING_ENTITIES = 50  # whose answers may wait for the caller
_REASON_CHARS = 500


def utc_now() -> datetime:
    """The moment, in UTC with milliseconds, as the graph keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Batch:
    """Entities for one collector to look at in one go."""

    collector: Collector
    manifest: CollectorManifest
    targets: Sequence[Entity]
    run: str = ""
    scope: Scope = EVERYWHERE
    source: str = ""  # the folder's name
    nonce: str = ""  # tells a repeated batch of the same run apart
    deadline_s: float = 300.0  # for the whole batch
    tally: Tally = field(default_factory=Tally)  # grows as entities are done
    keyed: Keyed | None = (
        None  # where its source wants a key; the collector is then one made with the first
    )


class Fetching(Protocol):
    """What carries out requests under policy; `Egress` does."""

    async def fetch(self, request: Request, asker: Asker) -> Exchange:
        """The answer to `request` with its evidence. Raises MirageError."""
        ...


@dataclass
class Runner:
    """Carries out batches through `egress`."""

    egress: Fetching
    clock: Callable[[], datetime] = utc_now
    monotonic: Monotonic = time.monotonic

    async def run(self, batch: Batch, cancel: asyncio.Event | None = None) -> AsyncIterator[Answer]:
        """The answers, as entities are done; none for entities never begun.

        At the deadline what is not finished ends in ERROR with that reason, while finished parts
        are kept; in the last third of the time nothing more is begun. When `cancel` is set, what is
        under way is dropped without an answer. Where no key of the source is left, nothing more is begun either.
        """
        ends_at = self.monotonic() + batch.deadline_s
        asker = Asker(
            batch.manifest,
            batch.scope,
            batch.run,
            ends_at,
            batch.source,
            batch.keyed.keys.values if batch.keyed else tuple(batch.collector.secrets.values()),
        )
        results = _Results(cancel)
        waiting = iter(batch.targets)
        workers = min(batch.manifest.rate.concurrency, max(1, len(batch.targets)))
        tasks = [
            asyncio.create_task(self._work(batch, asker, waiting, results)) for _ in range(workers)
        ]
        gate = asyncio.create_task(_close_when_done(tasks, results))
        watch = asyncio.create_task(results.close_when_cancelled())
        try:
            async for answer in results:
                yield answer
            if not results.is_cancelled:
                await gate
        finally:
            await _end([*tasks, gate, watch])

    async def _work(
        self,
        batch: Batch,
        asker: Asker,
        waiting: Iterable[Entity],
        results: _Results,
    ) -> None:
        last_begin = asker.deadline - batch.deadline_s / 3
        for target in waiting:
            if self.monotonic() >= last_begin:
                return
            answers = await self._look(batch, asker, target)
            if answers is None:
                return
            await results.put(answers)

    async def _look(self, batch: Batch, asker: Asker, target: Entity) -> list[Answer] | None:
        """Look at one entity, with one key after another where its source wants one; None where none is left."""
        if batch.keyed is None:
            return await self._answered(batch, batch.collector, asker, target)
        keyed, last = batch.keyed, None
        while True:
            try:
                loan = await keyed.keys.lend(target.label)
            except NoKey as error:
                keyed.ended = str(error)
                # Keys that are all refused are an answer of the source's; one that rests is asked with later.
                return None if error.rests or last is None else self._told(batch, last)
            last = await self._with_key(batch, asker, target, loan)
            trouble = last.talk.key_trouble
            if trouble is None:
                if last.talk.has_answer:
                    await keyed.keys.accepted(loan)
                return self._told(batch, last)
            await keyed.keys.refused(loan, trouble)
            if self.monotonic() >= asker.deadline:
                return self._told(batch, last)

    async def _with_key(self, batch: Batch, asker: Asker, target: Entity, loan: Loan) -> _Look:
        assert batch.keyed is not None  # noqa: S101 - only then is anything lent
        keyed = batch.keyed
        own = replace(asker, has_other_key=lambda: keyed.keys.has_other(loan))
        return await self._at(batch, keyed.collector(loan), own, target)

    async def _answered(
        self, batch: Batch, collector: Collector, asker: Asker, target: Entity
    ) -> list[Answer]:
        return self._told(batch, await self._at(batch, collector, asker, target))

    async def _at(self, batch: Batch, collector: Collector, asker: Asker, target: Entity) -> _Look:
        """Look at one entity until nothing is open or the deadline has come."""
        started_at = self.clock()
        talk = Conversation(collector, batch.manifest, target)
        talk.begin()
        if not talk.is_over:
            try:
                async with asyncio.timeout(max(0.0, asker.deadline - self.monotonic())):
                    await self._converse(talk, asker)
            except TimeoutError:
                talk.abandon(f"not finished at the batch's deadline of {batch.deadline_s:g} s")
        return _Look(talk, started_at, max(self.clock(), started_at))

    def _told(self, batch: Batch, look: _Look) -> list[Answer]:
        parts = list(look.talk.results())
        for part in parts:
            batch.tally.note(part.outcome(), part.fault, part.defect)
        return [_answer(batch, look, part) for part in parts]

    async def _converse(self, talk: Conversation, asker: Asker) -> None:
        """Carry out requests, a few at once, until the conversation rests."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not talk.is_over:
                while len(under_way) < _REQUESTS_AT_ONCE and (asked := talk.take()) is not None:
                    under_way.add(asyncio.create_task(self._carry_out(talk, asked, asker)))
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.gather(*done)
                under_way -= done
        finally:
            await _end(under_way)

    async def _carry_out(self, talk: Conversation, asked: Asked, asker: Asker) -> None:
        try:
            exchange = await self.egress.fetch(asked.request, asker)
        except StorageFull:  # no answer of the source's: whoever asked has to ask again
            raise
        except MirageError as error:
            talk.fail(asked, error)
        else:
            # A remembered response names the request of whoever asked first.
            response = readdressed(exchange.response, asked.request)
            talk.receive(asked, response, exchange.evidence)


@dataclass(frozen=True)
class _Look:
    """A look at an entity that is over."""

    talk: Conversation
    started_at: datetime
    ended_at: datetime


def _answer(batch: Batch, look: _Look, part: PartState) -> Answer:
    collector = look.talk.collector
    reason = redact(part.reason(), collector.secrets.values())
    return Answer(
        about=look.talk.target,
        collector=batch.manifest.id,
        collector_version=batch.manifest.version,
        outcome=part.outcome(),
        started_at=look.started_at,
        ended_at=look.ended_at,
        facts=() if part.errors else tuple(part.facts),
        reliability=batch.manifest.reliability,
        run=batch.run,
        reason=reason if len(reason) <= _REASON_CHARS else f"{reason[:_REASON_CHARS]}…",
        part=part.name,
        nonce=batch.nonce,
        evidence=tuple(part.evidence.values()),
        tlp=collector.marking(part.name),
    )


class _Results:
    """Answers on their way to the caller, a bounded number of them, until an end or a cancel."""

    def __init__(self, cancel: asyncio.Event | None) -> None:
        self._cancel = cancel or asyncio.Event()
        self._queue: asyncio.Queue[list[Answer]] = asyncio.Queue(_WAITING_ENTITIES)
        self._more = asyncio.Event()
        self._is_ended = False

    @property
    def is_cancelled(self) -> bool:
        """Whether the caller wants no more."""
        return self._cancel.is_set()

    async def put(self, answers: list[Answer]) -> None:
        """Hand over the answers about one entity; waits while the caller is behind."""
        await self._queue.put(answers)
        self._more.set()

    def end(self) -> None:
        """Say that nothing will follow."""
        self._is_ended = True
        self._more.set()

    async def close_when_cancelled(self) -> None:
        """Wake the caller up once it has cancelled."""
        await self._cancel.wait()
        self._more.set()

    async def __aiter__(self) -> AsyncIterator[Answer]:
        while True:
            while not self._queue.empty() and not self.is_cancelled:
                for answer in self._queue.get_nowait():
                    yield answer
            if self.is_cancelled or self._is_ended:
                return
            self._more.clear()
            await self._more.wait()


async def _close_when_done(tasks: Sequence[asyncio.Task[None]], results: _Results) -> None:
    """Mark the end of `results`, and raise what a worker raised."""
    try:
        await asyncio.gather(*tasks)
    finally:
        results.end()


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel `tasks` and wait until they are gone; what they raised was told where it matters."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
