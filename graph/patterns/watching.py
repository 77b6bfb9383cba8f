"""Keeps the answers of patterns true: after each write for what it touched, and in passes for the rest.

As the engine of rules does; but a pattern that fails by itself is asked again by passes only, since it is somebody's
own. Nothing is published here: events lie in the write log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from graph.correlate.anchors import Touched
from graph.correlate.engine import AT_ONCE, check_total
from graph.correlate.evaluating import CHUNK
from graph.correlate.rules import Rule
from graph.correlate.subjects import find_subjects, read_page
from graph.errors import InvalidQuestion, InvalidRule, LimitExceeded, MirageError
from graph.patterns.books import Kept, patterns_of
from graph.patterns.evaluating import USUAL, Bounds, Evaluator
from graph.store import Store
from graph.writer import Written


@dataclass
class Watched:
    """What was written for the stream, how many times a pattern looked at a subject, and what failed, by name."""

    written: list[Written] = field(default_factory=list)
    looks: int = 0
    failed: dict[str, MirageError] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)

    @property
    def moves(self) -> int:
        """How many rows entered or left."""
        return sum(len(event.ids) for each in self.written for event in each.events)


async def usual(_: str) -> Bounds:
    """What is usual, whoever's patterns they are."""
    return USUAL


@dataclass(frozen=True)
class Patterns:
    """Patterns on one database; safe to use at once and in many processes.

    `bounds` tells what an organization's may take; it is asked only where there is something to do.
    """

    store: Store
    bounds: Callable[[str], Awaitable[Bounds]] = usual

    async def evaluate(
        self,
        org: str,
        touched: Touched,
        now: datetime,
        bookmarks: Sequence[str] = (),
    ) -> Watched:
        """Evaluate what a write may have changed the answer for; `touched` is what it tells."""
        if not touched.ids:
            return Watched()
        awake = {
            each.id: each
            for each in await patterns_of(self.store, org, bookmarks)
            if each.asks and not each.is_deleted and not each.has_failed
        }
        if not awake:
            return Watched()
        # Two patterns may have the same name in turn, so they are told apart by their ids.
        asked = [_called(each) for each in awake.values()]
        subjects = await find_subjects(self.store, org, touched, asked, tuple(bookmarks))
        bounds = await self.bounds(org)
        evaluator = Evaluator(self.store, org, now, bounds, "", tuple(bookmarks))
        return await self._evaluate_all(
            evaluator, [(awake[name], sorted(ids)) for name, ids in sorted(subjects.items())]
        )

    async def follow(self, org: str, now: datetime) -> Watched:
        """Evaluate everything by patterns that were saved since, and delete what was given up."""
        every = await patterns_of(self.store, org)
        due = [each for each in every if each.is_due and (each.is_deleted or not each.has_failed)]
        return await self._pass_over_all(org, now, due)

    async def catch_up(self, org: str, now: datetime) -> Watched:
        """Do what no write asks for, too: patterns that failed before, and those that go by the clock."""
        every = await patterns_of(self.store, org)
        due = [each for each in every if each.is_due or (each.asks and each.asks.needs_passes)]
        return await self._pass_over_all(org, now, due)

    async def _pass_over_all(self, org: str, now: datetime, due: Sequence[Kept]) -> Watched:
        done = Watched()
        if not due:
            return done
        evaluator = Evaluator(self.store, org, now, await self.bounds(org))
        for each in due:
            if each.is_deleted:
                await evaluator.delete(each)
            elif each.broken is not None:
                await _failed(evaluator, each, each.broken, done)
            elif each.asks is not None:
                await self._pass_over(evaluator, each, each.asks, done)
        return done

    async def _pass_over(self, evaluator: Evaluator, kept: Kept, asks: Rule, done: Watched) -> None:
        is_all = False
        while not is_all:
            written, is_all = await evaluator.drop_others(kept, asks)
            done.written += [written] if written else []
        after = ""
        while page := await read_page(self.store, evaluator.org, asks.subjects, after):
            await self._evaluate_all(evaluator, [(kept, [i for i, _ in page])], done)
            if kept.id in done.failed:
                return
            after = page[-1][1]
        await evaluator.record_pass(kept)

    async def _evaluate_all(
        self,
        evaluator: Evaluator,
        subjects: Iterable[tuple[Kept, Sequence[str]]],
        done: Watched | None = None,
    ) -> Watched:
        """Evaluate each pattern for its subjects, a few at once; what came of it is added to `done`."""
        gate, done = asyncio.Semaphore(AT_ONCE), done or Watched()

        async def evaluate(kept: Kept, ids: Sequence[str]) -> None:
            for first in range(0, len(ids), CHUNK):
                async with gate:
                    await _guarded(evaluator, kept, ids[first : first + CHUNK], done)
                if kept.id in done.failed:
                    return

        tasks = [asyncio.create_task(evaluate(kept, ids)) for kept, ids in subjects]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return done


def _called(kept: Kept) -> Rule:
    """What a pattern asks, by the pattern's id."""
    assert kept.asks is not None  # noqa: S101 - those that cannot be read are left out
    return replace(kept.asks, id=kept.id)


async def _guarded(
    evaluator: Evaluator, kept: Kept, subjects: Sequence[str], done: Watched
) -> None:
    """Evaluate; a pattern that fails by itself must not keep others, or rules, from being evaluated."""
    assert kept.asks is not None  # noqa: S101 - those that cannot be read are left out
    began = time.monotonic()
    try:
        written = await evaluator.evaluate(kept, kept.asks, subjects)
        done.looks += len(subjects)
        done.written += [written] if written else []
        done.took_s[kept.id] = done.took_s.get(kept.id, 0.0) + time.monotonic() - began
        check_total(done.took_s[kept.id])
    except (InvalidQuestion, InvalidRule, LimitExceeded) as error:
        await _failed(evaluator, kept, error, done)


async def _failed(evaluator: Evaluator, kept: Kept, error: MirageError, done: Watched) -> None:
    done.failed[kept.id] = error
    await evaluator.record_failure(kept, error)
