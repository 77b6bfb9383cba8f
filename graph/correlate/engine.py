"""Keeps findings true: after each write for what it touched, and in passes for the rest.

Reading findings for people is not done here, and nothing is published: events lie in the write log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate.anchors import Touched
from graph.correlate.books import Books, Rulebook, books_of, broken_digest, is_own
from graph.correlate.evaluating import CHUNK, LARGE_CHUNK, Evaluator, Look
from graph.correlate.narrowing import find_able
from graph.correlate.risk import weigh_again, weigh_unweighed
from graph.correlate.rules import Rule
from graph.correlate.subjects import find_subjects, read_page
from graph.errors import InvalidQuestion, InvalidRule, LimitExceeded, MirageError
from graph.queries import finding_writes as queries
from graph.store import Store
from graph.tracing import noted, spanned
from graph.writer import EventGroup, Written

AT_ONCE = 4  # rules evaluated at once
OWN_TOTAL_S = (
    120.0  # what a rule of an organization's own may take for all that is looked at in one go
)


@dataclass
class Evaluated:
    """What was written for the stream, how many times a rule looked at a subject, what failed, and seconds by rule."""

    written: list[Written] = field(default_factory=list)
    looks: int = 0
    failed: dict[str, MirageError] = field(default_factory=dict)
    took_s: dict[str, float] = field(default_factory=dict)

    @property
    def events(self) -> list[EventGroup]:
        """What happened to findings."""
        return [event for written in self.written for event in written.events]

    def add(self, written: Written | None) -> None:
        """Count one transaction in."""
        if written is not None:
            self.written.append(written)

    def has_given_up(self, rule: str) -> bool:
        """Whether a rule is not asked again. A shipped one is: what failed there is most likely one subject."""
        return rule in self.failed and is_own(rule)


class Engine:
    """The correlation engine on one database; safe to use at once and in many processes.

    Every organization goes by its own rulebook, unless all are given one.
    """

    def __init__(self, store: Store, book: Rulebook | None = None) -> None:
        self._store = store
        self._given = book

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
        if not what.ids:
            return Evaluated()
        books = await self._books(org, bookmarks)
        evaluator = Evaluator(self._store, books.book, org, now, tuple(bookmarks), run)
        subjects = await find_subjects(
            self._store, org, what, books.book.awake, evaluator.bookmarks
        )
        done = await self._evaluate_all(evaluator, subjects)
        await weigh_again(self._store, what.facts, evaluator.bookmarks)
        return done

    async def evaluate_subjects(
        self, org: str, subjects: Mapping[str, Collection[str]], now: datetime
    ) -> Evaluated:
        """Evaluate rules, by id, for just these subjects; rules unknown here are left out."""
        evaluator = await self._evaluator(org, now)
        awake = {rule.id for rule in evaluator.book.awake}
        known = {rule: ids for rule, ids in subjects.items() if rule in awake}
        return await self._evaluate_all(evaluator, known)

    async def pass_over(
        self, org: str, now: datetime, only: Collection[str] | None = None
    ) -> Evaluated:
        """Evaluate every subject of every rule (of `only`, where given), page by page."""
        evaluator = await self._evaluator(org, now)
        return await self._pass_over(evaluator, evaluator.book.rules if only is None else only)

    async def follow(self, org: str, now: datetime) -> Evaluated:
        """Evaluate everything by rules that were set since, and close the findings of those that are off or deleted."""
        books = await self._books(org)
        evaluator = Evaluator(self._store, books.book, org, now)
        done, due = Evaluated(), sorted(books.due())
        # A few at a time: whoever is ended in between leaves less to do again.
        for first in range(0, len(due), AT_ONCE):
            _join(done, await self._pass_over(evaluator, due[first : first + AT_ONCE]))
        await self._end(
            evaluator, books, [r.rule for r in books.rows.values() if not r.is_retired], done
        )
        return done

    async def catch_up(self, org: str, now: datetime) -> Evaluated:
        """Do what no write asks for; meant to run every few minutes to hours.

        That is: rules that are new, changed, gone or failed before, rules that go by the clock,
        suppressions that ended, findings that were never weighed.
        """
        books = await self._books(org)
        evaluator = Evaluator(self._store, books.book, org, now)
        passes = await self._store.fetch(queries.FIND_RULE_PASSES.bind(queries.OrgParams(org=org)))
        passed = {row.rule: row.digest for row in passes}
        due = {r.id for r in books.book.rules.values() if _is_due(books.book, r, passed)}
        done = await self._pass_over(evaluator, due)
        await self._end(evaluator, books, [row.rule for row in passes if not row.is_retired], done)
        _join(done, await self.evaluate_subjects(org, await self._unsuppressed(org, now), now))
        await weigh_unweighed(self._store, org)
        return done

    async def _books(self, org: str, bookmarks: Collection[str] = ()) -> Books:
        if self._given is not None:
            return Books(self._given.rules, self._given)
        return await books_of(self._store, org, bookmarks)

    async def _evaluator(self, org: str, now: datetime) -> Evaluator:
        return Evaluator(self._store, (await self._books(org)).book, org, now)

    async def _pass_over(self, evaluator: Evaluator, only: Collection[str]) -> Evaluated:
        done = Evaluated()
        wanted = [r for r in evaluator.book.rules.values() if r.id in only]
        for labels in sorted({rule.subjects for rule in wanted}):
            of_these = [rule.id for rule in wanted if rule.subjects == labels]
            after = ""
            while page := await read_page(self._store, evaluator.org, labels, after):
                ids = [i for i, _ in page]
                asked = [rule for rule in of_these if not done.has_given_up(rule)]
                await self._evaluate_all(evaluator, dict.fromkeys(asked, ids), done)
                after = page[-1][1]
        for rule in wanted:
            if rule.id not in done.failed:
                await evaluator.record_pass(rule)
        return done

    async def _end(
        self, evaluator: Evaluator, books: Books, rules: Iterable[str], done: Evaluated
    ) -> None:
        """Close the findings of those of some rules that are gone, and remember which rules cannot be read."""
        for rule in rules:
            if books.is_gone(rule):
                await self._retire(evaluator, rule, done)
        for rule, error in books.broken.items():
            if (digest := broken_digest(books.rows[rule])) != books.rows[rule].failed:
                done.failed[rule] = error
                await evaluator.record_failure(rule, digest, error)

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
            done.add(written)

    async def _evaluate_all(
        self,
        evaluator: Evaluator,
        subjects: Mapping[str, Collection[str]],
        done: Evaluated | None = None,
    ) -> Evaluated:
        """Evaluate each rule for its subjects, a few rules at once; what came of it is added to `done`.

        All are asked first, and only about subjects of which they say something new is written.
        """
        done = done or Evaluated()
        rules = [
            (evaluator.book.rules[rule], sorted(set(ids))) for rule, ids in sorted(subjects.items())
        ]
        looks: list[Look] = []
        able = await find_able(self._store, rules, evaluator.bookmarks)

        async def look(rule: Rule, ids: Sequence[str]) -> None:
            asked = [each for each in ids if each in able[rule.id]] if rule.id in able else ids
            with spanned("rule", {"mirage.rule": rule.id, "mirage.subjects": len(asked)}):
                found = await evaluator.ask(rule, asked) if asked else {}
            # Of all of them: what was found of one that has lost what the rule needs holds no longer.
            looks.append(Look(rule, ids, found))
            done.looks += len(asked)

        async def evaluate(rule: Rule, ids: Sequence[str]) -> None:
            with spanned("findings", {"mirage.rule": rule.id, "mirage.subjects": len(ids)}):
                written = await evaluator.evaluate(rule, ids)
                noted({"mirage.findings": len(written.events) if written else 0})
            done.add(written)

        await _by_chunks(evaluator, rules, look, done)
        if looks:
            await _by_chunks(evaluator, await evaluator.outdated(looks), evaluate, done)
        return done


async def _by_chunks(
    evaluator: Evaluator,
    subjects: Iterable[tuple[Rule, Sequence[str]]],
    act: Callable[[Rule, Sequence[str]], Awaitable[None]],
    done: Evaluated,
) -> None:
    """Have some rules act on chunks of their subjects, a few rules at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def each(rule: Rule, ids: Sequence[str]) -> None:
        size = CHUNK if is_own(rule.id) else LARGE_CHUNK
        for first in range(0, len(ids), size):
            if done.has_given_up(rule.id):
                return
            async with gate:
                await _guarded(evaluator, rule, ids[first : first + size], act, done)

    tasks = [asyncio.create_task(each(rule, ids)) for rule, ids in subjects]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _guarded(
    evaluator: Evaluator,
    rule: Rule,
    subjects: Sequence[str],
    act: Callable[[Rule, Sequence[str]], Awaitable[None]],
    done: Evaluated,
) -> None:
    """Act; a rule that fails by itself must not keep the others from being evaluated.

    What it missed is made up for by the next pass over everything.
    """
    began = time.monotonic()
    try:
        await act(rule, subjects)
        _time(done, rule, time.monotonic() - began)
    except (InvalidQuestion, InvalidRule, LimitExceeded) as error:
        done.failed[rule.id] = error
        await evaluator.record_failure(rule.id, evaluator.book.digest(rule), error)


def _time(done: Evaluated, rule: Rule, took_s: float) -> None:
    """Count the time that a rule took. Raises LimitExceeded where one of an organization's own takes too long."""
    done.took_s[rule.id] = done.took_s.get(rule.id, 0.0) + took_s
    if is_own(rule.id):
        check_total(done.took_s[rule.id])


def check_total(took_s: float) -> None:
    """Raise LimitExceeded where what a person wrote takes too long for all that is looked at in one go."""
    if took_s > OWN_TOTAL_S:
        raise LimitExceeded(
            f"it takes more than {OWN_TOTAL_S:g} seconds for everything; follow fewer relationships"
        )


def _is_due(book: Rulebook, rule: Rule, passed: Mapping[str, str | None]) -> bool:
    return rule.needs_passes or passed.get(rule.id) != book.digest(rule)


def _join(total: Evaluated, more: Evaluated) -> None:
    total.written += more.written
    total.looks += more.looks
    total.failed |= more.failed
