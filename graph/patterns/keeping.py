"""Keeping patterns, and trying one that is being written. Who may is decided elsewhere.

What is saved counts at once: a correlator finds it in the outbox and evaluates everything by it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graph.correlate.anchors import read_page
from graph.correlate.evaluating import CHUNK
from graph.correlate.keeping import REPEATS, Change
from graph.correlate.outbox import leave_look
from graph.correlate.rules import Rule
from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound
from graph.model.base import name_id
from graph.patterns.books import read_pattern
from graph.patterns.rows import Said, read_rows
from graph.queries import configuration
from graph.queries import pattern as queries
from graph.store import Limits, Store, Transaction

MOST_CHARACTERS = 20_000
LONGEST_NAME = 60
MOST_TRIED = 200
WITHIN_S = 5.0
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@dataclass(frozen=True)
class Keeper:
    """An organization's patterns, at one moment. `most` is how many it may have."""

    store: Store
    org: str
    now: datetime
    most: int = 50

    async def save(self, name: str, text: str, change: Change, is_told: bool | None = None) -> str:
        """Keep a pattern by its name; gives its id. `is_told` of None leaves that as it is.

        Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
        cannot be planned, or for a name that is not right; Conflict where another version is there than is expected;
        LimitExceeded where there are too many, or it is too long.
        """
        check_name(name)
        read = await checked(self.store, self.org, name, text, self.now)

        async def work(tx: Transaction) -> str:
            await _lock(tx, self.org)
            named = queries.GET_NAMED.bind(queries.NamedParams(org=self.org, name=name))
            found = await tx.fetch(named)
            known = found[0].properties if found else {}
            if change.name in known.get("changes", ()):
                return str(known["id"])
            number = known.get("number", 0)
            if change.expects not in (None, number):
                raise Conflict(
                    f"expects: version {change.expects} was meant to be changed, and {number} is there now"
                )
            was_told = bool(known.get("is_told"))
            tells = was_told if is_told is None else is_told
            if known.get("text") == text and tells == was_told:
                return str(known["id"])
            if not known:
                await self._check_room(tx)
            return await self._write(tx, known, read, change, {"text": text, "is_told": tells})

        done, _ = await self.store.transact(work)
        return done

    async def delete(self, pattern: str) -> None:
        """Give a pattern up with its rows and its history. Raises NotFound."""

        async def work(tx: Transaction) -> None:
            params = queries.DropParams(id=pattern, org=self.org, now=self.now)
            if not await tx.fetch(queries.DROP_PATTERN.bind(params)):
                raise NotFound(f"id: there is no pattern {pattern[:LONGEST_NAME]}")
            await leave_look(tx, self.org, self.now)

        await self.store.transact(work)

    async def _check_room(self, tx: Transaction) -> None:
        [row] = await tx.fetch(queries.COUNT_PATTERNS.bind(queries.OrgParams(org=self.org)))
        if row.total >= self.most:
            raise LimitExceeded(
                f"the organization has at most {self.most} patterns (patterns.most); delete one that is not needed"
            )

    async def _write(
        self,
        tx: Transaction,
        known: Mapping[str, Any],
        read: Rule,
        change: Change,
        given: Mapping[str, Any],
    ) -> str:
        id_ = str(known.get("id") or name_id(self.org, "Pattern", change.name))
        properties = {
            **given,
            "number": known.get("number", 0) + 1,
            "title": read.header.title,
            "summary": read.header.summary,
            "kind": read.subject,
            "changes": [change.name, *known.get("changes", ())][:REPEATS],
        }
        params = queries.SaveParams(
            id=id_, org=self.org, name=read.id, properties=properties, by=change.by, now=self.now
        )
        await tx.fetch(queries.UPSERT_PATTERN.bind(params))
        await leave_look(tx, self.org, self.now)
        return id_


async def _lock(tx: Transaction, org: str) -> None:
    """Have whoever saves a pattern of the organization wait, so that it is known how many there are."""
    lock = configuration.LockParams(id=name_id(org, "Configuration"), org=org)
    await tx.fetch(configuration.LOCK_CONFIGURATION.bind(lock))


def check_name(name: str) -> None:
    """Raise InvalidQuestion unless a pattern may be called so."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise InvalidQuestion(
            f"name: {name[:LONGEST_NAME]!r} is no name: it is of small letters, digits and single underscores, begins"
            f" with a letter and has at most {LONGEST_NAME} characters, as open_mail"
        )


async def checked(store: Store, org: str, name: str, text: str, now: datetime) -> Rule:
    """A pattern from a person's text, planned by the database and not run. Raises as `Keeper.save`."""
    if len(text) > MOST_CHARACTERS:
        raise LimitExceeded(f"text: a pattern has at most {MOST_CHARACTERS:,} characters")
    read = read_pattern(name, text)
    await store.explain(read.text, {**read.parameters(), "org": org, "now": now, "touched": []})
    return read


@dataclass
class Tried:
    """What a pattern would answer: some rows, at how many subjects it looked, and the seconds that took.

    `is_whole` where those were all; else time or room was over before.
    """

    asks: Rule
    rows: list[Said] = field(default_factory=list)
    looks: int = 0
    took_s: float = 0.0
    is_whole: bool = False


async def try_pattern(
    store: Store, org: str, text: str, now: datetime, most: int = MOST_TRIED
) -> Tried:
    """Have a pattern look at the organization's subjects, in the order of their keys; nothing is kept.

    Raises as `Keeper.save`, and as `read_rows`.
    """
    asks = await checked(store, org, "tried", text, now)
    given = {**asks.parameters(), "org": org, "now": now}
    tried, began, after = Tried(asks), time.monotonic(), ""
    while len(tried.rows) < most and (left := began + WITHIN_S - time.monotonic()) > 0:
        subjects = await read_page(store, org, asks.subject, after, CHUNK, None)
        ids = [each for each, _ in subjects]
        columns, rows = await store.read_some(
            asks.text, {**given, "touched": ids}, most + 1, Limits(left, 0)
        )
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        found = read_rows(asks, org, frozenset(ids), named)
        tried.rows += [found[key] for key in sorted(found)]
        tried.looks += len(ids)
        if len(subjects) < CHUNK:
            tried.is_whole = True
            break
        after = subjects[-1][1]
    tried.is_whole = tried.is_whole and len(tried.rows) <= most
    tried.rows = tried.rows[:most]
    tried.took_s = time.monotonic() - began
    return tried
