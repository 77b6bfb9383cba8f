"""Where everybody tells what is done: `record` for what happened, `act` around what is being done.

Rows of one chain that come together are written together, so that a busy organization costs one transaction for many.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter

from graph.causality import note_written
from graph.errors import MirageError
from graph.store import Store
from server.audit.chain import append
from server.audit.events import INTERNAL, OK, UNKNOWN, Actor, Event
from server.vault.envelope import Sealing

AT_ONCE = 100
INSIST_EVERY_S = 2.0
INSIST_FOR = 60  # times

ROWS = Counter("mirage_audit_rows_total", "Rows written to the audit, by outcome.", ["outcome"])
LATE = Counter(
    "mirage_audit_late_total",
    "Rows after an act that could not be written at once, by what became of them.",
    ["became"],
)
BROKEN = Counter(
    "mirage_audit_broken_total", "Chains that were met otherwise than they had been left."
)

log = structlog.get_logger(__name__)


@dataclass
class Act:
    """An act under way. Whoever carries it out may say what it is about and how it ended."""

    subject: str = ""
    outcome: str = OK
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Waiting:
    event: Event
    done: asyncio.Future[tuple[str, ...]]


class Audit:
    """Writes rows. One per process; safe for concurrent use."""

    def __init__(self, store: Store, keys: Sealing) -> None:
        self._store = store
        self._keys = keys
        self._waiting: dict[str, list[_Waiting]] = {}
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._insisting: set[asyncio.Task[None]] = set()
        self._told: dict[str, tuple[str, ...]] = {}

    async def record(self, event: Event) -> None:
        """Write a row and return once it is there. Raises StoreUnavailable: then it may be there, or not.

        An event that is recorded again is not written again.
        """
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        org = event.actor.org
        self._waiting.setdefault(org, []).append(waiting)
        if org not in self._writing:
            # In a context of its own: it works for others, too.
            self._writing[org] = asyncio.get_running_loop().create_task(
                self._write(org), context=contextvars.Context()
            )
        note_written(await waiting.done)

    @asynccontextmanager
    async def act(
        self, actor: Actor, action: str, subject: str = "", details: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Act]:
        """A row before what is done inside and one after it, with its outcome.

        Raises StoreUnavailable before anything is done where the first row cannot be written. The second one is
        written later where it cannot be at once; if this process dies meanwhile, another writes that the outcome is
        UNKNOWN (`keeping`).
        """
        before = Event(action, actor, subject, details=details or {}).begun()
        await self.record(before)
        act = Act(subject)
        outcome = UNKNOWN  # as it stays for what is cancelled
        try:
            yield act
            outcome = act.outcome
        except MirageError as error:
            outcome = error.code
            raise
        except Exception:
            outcome = INTERNAL
            raise
        finally:
            await self._end(before.ended(outcome, act.subject, act.details))

    async def aclose(self) -> None:
        """Wait for what is being written, and give up what could not be."""
        for task in self._insisting:
            task.cancel()
        await asyncio.gather(*self._insisting, *self._writing.values(), return_exceptions=True)

    async def _end(self, event: Event) -> None:
        try:
            await self.record(event)
        except MirageError as error:
            log.warning("the end of an act is written later", id=event.id, reason=str(error))
            task = asyncio.create_task(self._insist(event))
            self._insisting.add(task)
            task.add_done_callback(self._insisting.discard)

    async def _insist(self, event: Event) -> None:
        for _ in range(INSIST_FOR):
            await asyncio.sleep(INSIST_EVERY_S)
            try:
                await self.record(event)
            except MirageError:
                continue
            LATE.labels("written").inc()
            return
        LATE.labels("given_up").inc()
        log.error("the end of an act was not written", action=event.action, outcome=event.outcome)

    async def _write(self, org: str) -> None:
        """Write what waits for a chain, until nothing does."""
        try:
            while waiting := self._waiting.get(org):
                batch, self._waiting[org] = waiting[:AT_ONCE], waiting[AT_ONCE:]
                await self._write_batch(org, batch)
        finally:
            del self._writing[org]
            for each in self._waiting.pop(org, []):
                each.done.cancel()  # this process ends

    async def _write_batch(self, org: str, batch: list[_Waiting]) -> None:
        try:
            bookmarks, breaks = await append(
                self._store, self._keys, org, [each.event for each in batch]
            )
        except BaseException as error:
            for each in batch:
                if not each.done.done():
                    _fail(each.done, error)
            if not isinstance(error, Exception):
                raise
            return
        self._tell_breaks(org, breaks)
        for each in batch:
            ROWS.labels(each.event.outcome or "BEFORE").inc()
            if not each.done.done():
                each.done.set_result(bookmarks)

    def _tell_breaks(self, org: str, breaks: tuple[str, ...]) -> None:
        """Tell of breaks in a chain, once each: they stay in it."""
        if breaks != self._told.get(org, ()):
            self._told[org] = breaks
            BROKEN.inc()
            log.error("a chain of the audit is broken", org=org, breaks=breaks)


def _fail(done: asyncio.Future[tuple[str, ...]], error: BaseException) -> None:
    if isinstance(error, Exception):
        done.set_exception(error)
    else:
        done.cancel()
