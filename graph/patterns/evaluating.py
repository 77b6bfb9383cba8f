"""Evaluates one pattern for some subjects and writes which rows entered and left, in one transaction.

The pattern reads in a read transaction of its own, while a lock on it keeps other processes from writing what they saw
before: so whoever evaluates last goes by the newest graph, as with rules.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graph.correlate.asking import own_rows
from graph.correlate.evaluating import WRITE_LIMITS
from graph.correlate.outbox import leave_events
from graph.correlate.rules import Rule
from graph.errors import InvalidRule, LimitExceeded, MirageError
from graph.notices import Happened, leave_notices
from graph.patterns.books import Kept
from graph.patterns.rows import Known, Moves, Said, moves, read_rows
from graph.queries import pattern as queries
from graph.store import Store, Transaction
from graph.writer import EventGroup, Written

SLACK = 500  # rows more than are kept that may lie there: so forgetting is rare
LEAVING = 500  # rows that leave, or are deleted, in one transaction


@dataclass(frozen=True)
class Bounds:
    """How many rows a pattern may have in, and how many that left are kept."""

    rows: int = 10_000
    past: int = 10_000


USUAL = Bounds()


@dataclass(frozen=True)
class Evaluator:
    """Evaluates in one organization at one moment. `bookmarks` make sure that a write is seen."""

    store: Store
    org: str
    now: datetime
    bounds: Bounds = USUAL
    run: str = ""
    bookmarks: tuple[str, ...] = ()

    async def evaluate(self, kept: Kept, asks: Rule, subjects: Sequence[str]) -> Written | None:
        """Bring the pattern's rows of `subjects` up to date; None where nothing moved.

        Nor does anything where it was saved again or deleted meanwhile. Raises as `read_rows`, and LimitExceeded where
        it has too many rows.
        """

        async def work(tx: Transaction) -> Written | None:
            held = await self._hold(tx, kept)
            if held is None:
                return None
            found = await self._ask(asks, subjects)
            of_subjects = queries.OfSubjectsParams(pattern=kept.id, subjects=list(subjects))
            known = await tx.fetch(queries.FIND_ROWS.bind(of_subjects))
            moved = moves(found, (Known(row.id, row.key, tuple(row.marked)) for row in known))
            if held.rows + len(moved.entered) - len(moved.left) > self.bounds.rows:
                raise LimitExceeded(
                    f"it has more than {self.bounds.rows:,} rows; ask for less, or set patterns.rows"
                )
            return await self._write(tx, kept, held, moved)

        written, _ = await self.store.transact(work, limits=WRITE_LIMITS, bookmarks=self.bookmarks)
        return written

    async def drop_others(self, kept: Kept, asks: Rule) -> tuple[Written | None, bool]:
        """Let some rows leave that are of another kind than it asks about now; tells whether that was all."""

        async def work(tx: Transaction) -> tuple[Written | None, bool]:
            held = await self._hold(tx, kept)
            if held is None:
                return None, True
            of_others = queries.OthersParams(pattern=kept.id, kind=asks.subject, limit=LEAVING)
            rows = await tx.fetch(queries.FIND_OTHERS.bind(of_others))
            moved = Moves((), tuple(row.id for row in rows))
            return await self._write(tx, kept, held, moved), len(rows) < LEAVING

        done, _ = await self.store.transact(work, limits=WRITE_LIMITS)
        return done

    async def record_pass(self, kept: Kept) -> None:
        """Remember that everything was evaluated by the pattern as it is now."""
        passed = queries.PassParams(id=kept.id, digest=kept.digest, now=self.now)

        async def work(tx: Transaction) -> None:
            if await self._hold(tx, kept):
                await tx.fetch(queries.UPSERT_PASS.bind(passed))

        await self.store.transact(work, limits=WRITE_LIMITS)

    async def record_failure(self, kept: Kept, error: MirageError) -> None:
        """Remember that the pattern failed as it is now, so that not everything was evaluated by it."""
        failed = queries.FailureParams(
            id=kept.id, digest=kept.digest, now=self.now, reason=str(error)
        )

        async def work(tx: Transaction) -> None:
            if await self._hold(tx, kept):
                await tx.fetch(queries.UPSERT_FAILURE.bind(failed))

        await self.store.transact(work, limits=WRITE_LIMITS)

    async def delete(self, kept: Kept) -> None:
        """Delete what a pattern that was given up has, and the pattern with the last of it."""
        some = queries.SomeParams(pattern=kept.id, limit=LEAVING)

        async def work(tx: Transaction) -> bool:
            if not await tx.fetch(queries.LOCK_PATTERN.bind(queries.IdParams(id=kept.id))):
                return False
            [row] = await tx.fetch(queries.DELETE_ROWS.bind(some))
            return row.deleted > 0

        while (await self.store.transact(work, limits=WRITE_LIMITS))[0]:
            pass

    async def _hold(self, tx: Transaction, kept: Kept) -> queries.HeldRow | None:
        """Keep others from this pattern until the transaction ends; None where it is not as it was read."""
        found = await tx.fetch(queries.LOCK_PATTERN.bind(queries.IdParams(id=kept.id)))
        if not found or found[0].is_deleted or found[0].number != kept.number:
            return None
        return found[0]

    async def _ask(self, asks: Rule, subjects: Sequence[str]) -> dict[str, Said]:
        given = {**asks.parameters(), "org": self.org, "now": self.now, "touched": list(subjects)}
        rows = await own_rows(self.store, asks, given, self.bookmarks, "ask for less")
        return read_rows(asks, self.org, frozenset(subjects), rows)

    async def _write(
        self, tx: Transaction, kept: Kept, held: queries.HeldRow, moved: Moves
    ) -> Written | None:
        entered = [_record(said, str(uuid.uuid4())) for said in moved.entered]
        act = str(uuid.uuid4())
        if records := [*entered, *(_record(said, id_) for id_, said in moved.marked)]:
            await self._enter(tx, kept, records, (act, len(entered)))
        if moved.left:
            leaving = queries.LeaveParams(
                pattern=kept.id, ids=list(moved.left), now=self.now, act=act
            )
            await tx.fetch(queries.CLOSE_ROWS.bind(leaving))
        if (past := held.past + len(moved.left)) > self.bounds.past + SLACK:
            some = queries.SomeParams(pattern=kept.id, limit=past - self.bounds.past)
            await tx.fetch(queries.DELETE_PAST.bind(some))
        ids = {"entered": tuple(each["id"] for each in entered), "left": moved.left}
        about = {"pattern": kept.id, "name": kept.name}
        if kept.is_told and kept.is_whole and (moved.entered or moved.left):
            # What it finds as it is saved is no news.
            told = Happened("watch.matched", kept.id, title=kept.stored["title"], part=act)
            await leave_notices(tx, self.org, self.now, [told])
        events = [
            EventGroup(f"pattern.{happening}", "PatternRow", some, self.run, about)
            for happening, some in ids.items()
            if some
        ]
        return await leave_events(tx, self.org, self.now, events) if events else None

    async def _enter(
        self,
        tx: Transaction,
        kept: Kept,
        records: list[queries.RowRecord],
        entering: tuple[str, int],
    ) -> None:
        act, more = entering
        params = queries.EnterParams(
            org=self.org,
            pattern=kept.id,
            kind=kept.asks.subject if kept.asks else "",
            now=self.now,
            act=act,
            more=more,
            entered=records,
        )
        rows = await tx.fetch(queries.UPSERT_ROWS.bind(params))
        if not all(row.is_whole for row in rows):
            raise InvalidRule(
                "a row rests on a relationship (`links`) that does not lie between entities of the row; give both ends"
                " as evidence, so that it is known who may read it"
            )


def _record(said: Said, id_: str) -> queries.RowRecord:
    return {
        "id": id_,
        "key": said.key,
        "subject": said.subject,
        "values": said.values,
        "basis": list(said.basis),
        "links": list(said.links),
        "marked": list(said.marked),
    }
