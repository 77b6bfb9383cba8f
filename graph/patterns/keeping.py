"""Keeping patterns, and trying one that is being written. Who may is decided elsewhere.

What is saved counts at once: a correlator finds it in the outbox and evaluates everything by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.correlate.asking import named_rows
from graph.correlate.keeping import REPEATS, Change
from graph.correlate.outbox import leave_look
from graph.correlate.rules import Rule
from graph.correlate.trying import Tried, check_length, look, planned
from graph.errors import InvalidQuestion, LimitExceeded, NotFound
from graph.model.base import name_id
from graph.patterns.books import read_pattern
from graph.patterns.rows import Said, read_rows
from graph.queries import pattern as queries
from graph.setting import check_expected, hold_settings
from graph.store import Limits, Store, Transaction

LONGEST_NAME = 60
MOST_TRIED = 200
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
            await hold_settings(tx, self.org)  # so that it is known how many there are
            named = queries.GET_NAMED.bind(queries.NamedParams(org=self.org, name=name))
            found = await tx.fetch(named)
            known = found[0].properties if found else {}
            if change.name in known.get("changes", ()):
                return str(known["id"])
            number = known.get("number", 0)
            check_expected(change.expects, number)
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


def check_name(name: str) -> None:
    """Raise InvalidQuestion unless a pattern may be called so."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise InvalidQuestion(
            f"name: {name[:LONGEST_NAME]!r} is no name: it is of small letters, digits and single underscores, begins"
            f" with a letter and has at most {LONGEST_NAME} characters, as open_mail"
        )


async def checked(store: Store, org: str, name: str, text: str, now: datetime) -> Rule:
    """A pattern from a person's text, planned by the database and not run. Raises as `Keeper.save`."""
    check_length(text, "pattern")
    return await planned(store, org, read_pattern(name, text), now)


async def try_pattern(
    store: Store, org: str, text: str, now: datetime, most: int = MOST_TRIED
) -> Tried[Said]:
    """Have a pattern look at the organization's subjects, in the order of their keys; nothing is kept.

    Raises as `Keeper.save`, and as `read_rows`.
    """
    asks = await checked(store, org, "tried", text, now)

    async def ask(given: Mapping[str, Any], limits: Limits) -> Mapping[str, Said]:
        rows = await named_rows(store, asks, given, most + 1, limits)
        return read_rows(asks, org, frozenset(given["touched"]), rows)

    return await look(store, Tried(asks), {"org": org, "now": now}, most, ask)
