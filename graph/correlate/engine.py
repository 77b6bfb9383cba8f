"""Keeps findings true: after each write for what it touched, and in passes for the rest.

Reading findings for people is not done here, and nothing is published: events lie in the write log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate.anchors import PAGE, Touched, find_subjects, page_of
from graph.correlate.evaluating import CHUNK, READ_LIMITS, Evaluator, Rulebook
from graph.correlate.rules import Rule
from graph.errors import InvalidQuestion, InvalidRule, LimitExceeded, MirageError
from graph.queries import finding_writes as queries
from graph.store import Store
from graph.tracing import noted, spanned
from graph.writer import EventGroup, Written

AT_ONCE = 4  # rules evaluated at once


@dataclass
class Evaluated:
    """What was written for the stream, how many times a rule looked at a subject, what failed."""

    written: list[Written] = field(default_factory=list)
    looks: int = 0
    failed: dict[str, MirageError] = field(default_factory=dict)

    @property
    def events(self) -> list[EventGroup]:
        """What happened to findings."""
        return [event for written in self.written for event in written.events]

    def add(self, written: Written | None, looks: int) -> None:
        """Count one transaction in."""
        self.looks += looks
        if written is not None:
            self.written.append(written)


class Engine:
    """The correlation engine on one database; safe to use at once and in many processes."""

    def __init__(self, store: Store, book: Rulebook | None = None) -> None:
        self._store = store
        self.book = book or Rulebook.of()

    async def evaluate(
        self,
        org: str,
        touched: Touched | Iterable[str],
        now: datetime,
        *,
        run: str = "",
        bookmarks: Sequence[str] = (),
    ) -> Evaluated:
        """Evaluate what a write may have changed the result for; `touched` is what it tells."""
        what = touched if isinstance(touched, Touched) else Touched.of(touched)
        evaluator = Evaluator(self._store, self.book, org, now, run, tuple(bookmarks))
        if not what.ids:
            return Evaluated()
        subjects = await find_subjects(
            self._store, org, what, self.book.rules.values(), evaluator.bookmarks
        )
        return await self._evaluate_all(evaluator, subjects)

    async def evaluate_subjects(
        self, org: str, subjects: Mapping[str, Collection[str]], now: datetime
    ) -> Evaluated:
        """Evaluate rules, by id, for just these subjects; rules unknown here are left out."""
        evaluator = Evaluator(self._store, self.book, org, now)
        known = {rule: ids for rule, ids in subjects.items() if rule in self.book.rules}
        return await self._evaluate_all(evaluator, known)

    async def pass_over(
        self, org: str, now: datetime, only: Collection[str] | None = None
    ) -> Evaluated:
        """Evaluate every subject of every rule (of `only`, where given), page by page."""
        evaluator = Evaluator(self._store, self.book, org, now)
        done = Evaluated()
        wanted = [r for r in self.book.rules.values() if only is None or r.id in only]
        for kind in sorted({rule.subject for rule in wanted}):
            of_kind = [rule.id for rule in wanted if rule.subject == kind]
            after = ""
            while page := await self._page(org, kind, after):
                ids = [i for i, _ in page]
                _join(done, await self._evaluate_all(evaluator, dict.fromkeys(of_kind, ids)))
                after = page[-1][1]
        for rule in wanted:
            if rule.id not in done.failed:
                await evaluator.record_pass(rule)
        return done

    async def catch_up(self, org: str, now: datetime) -> Evaluated:
        """Do what no write asks for; meant to run every few minutes to hours.

        That is: rules that are new, changed, gone or failed before, rules that go by the clock,
        suppressions that ended.
        """
        evaluator = Evaluator(self._store, self.book, org, now)
        passes = await self._store.fetch(queries.FIND_RULE_PASSES.bind(queries.OrgParams(org=org)))
        passed = {row.rule: row.digest for row in passes}
        due = {r.id for r in self.book.rules.values() if self._is_due(r, passed)}
        done = await self.pass_over(org, now, due)
        for row in passes:
            if row.rule not in self.book.rules and not row.is_retired:
                await self._retire(evaluator, row.rule, done)
        _join(done, await self.evaluate_subjects(org, await self._unsuppressed(org, now), now))
        return done

    def _is_due(self, rule: Rule, passed: Mapping[str, str | None]) -> bool:
        return rule.needs_passes or passed.get(rule.id) != self.book.digest(rule)

    async def _unsuppressed(self, org: str, now: datetime) -> dict[str, list[str]]:
        """By rule, the subjects of findings whose suppression has come to its end."""
        wanted = queries.DueParams(org=org, now=now)
        subjects: dict[str, list[str]] = {}
        for row in await self._store.fetch(queries.FIND_DUE_SUPPRESSIONS.bind(wanted)):
            subjects.setdefault(row.rule, []).append(row.subject)
        return subjects

    async def _retire(self, evaluator: Evaluator, rule: str, done: Evaluated) -> None:
        is_all = False
        while not is_all:
            written, is_all = await evaluator.retire(rule)
            done.add(written, 0)

    async def _page(self, org: str, kind: str, after: str) -> list[list[str]]:
        found: list[list[str]] = await self._store.read_single(
            page_of(kind), {"org": org, "after": after, "most": PAGE}, limits=READ_LIMITS
        )
        return found

    async def _evaluate_all(
        self, evaluator: Evaluator, subjects: Mapping[str, Collection[str]]
    ) -> Evaluated:
        """Evaluate each rule for its subjects, a few rules at once."""
        gate = asyncio.Semaphore(AT_ONCE)
        done = Evaluated()

        async def evaluate(rule: Rule, ids: Sequence[str]) -> None:
            for first in range(0, len(ids), CHUNK):
                chunk = ids[first : first + CHUNK]
                async with gate:
                    await _guarded(evaluator, rule, chunk, done)

        tasks = [
            asyncio.create_task(evaluate(self.book.rules[rule_id], sorted(set(found))))
            for rule_id, found in sorted(subjects.items())
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return done


async def _guarded(
    evaluator: Evaluator, rule: Rule, subjects: Sequence[str], done: Evaluated
) -> None:
    """Evaluate; a rule that fails by itself must not keep the others from being evaluated.

    What it missed is made up for by the next pass over everything.
    """
    try:
        with spanned("rule", {"mirage.rule": rule.id, "mirage.subjects": len(subjects)}):
            written = await evaluator.evaluate(rule, subjects)
            noted({"mirage.findings": len(written.events) if written else 0})
        done.add(written, len(subjects))
    except (InvalidQuestion, InvalidRule, LimitExceeded) as error:
        done.failed[rule.id] = error
        await evaluator.forget_pass(rule)


def _join(total: Evaluated, more: Evaluated) -> None:
    total.written += more.written
    total.looks += more.looks
    total.failed |= more.failed
