"""Trying a rule that is being written: what it would find on what is there, and what that takes. Nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from graph.correlate.books import OWN, read_own
from graph.correlate.evaluating import CHUNK
from graph.correlate.findings import Finding, read_rows
from graph.correlate.rules import Rule
from graph.correlate.subjects import read_page
from graph.errors import LimitExceeded
from graph.store import Limits, Store
from graph.translating import persons_own

T = TypeVar("T")

NAME = f"{OWN}tried"
MOST_CHARACTERS = 20_000
MOST_FINDINGS = 200
WITHIN_S = 5.0


@dataclass
class Tried(Generic[T]):
    """What came of it: the rule as it was read, what it would find, how many subjects it looked at, and the seconds.

    `is_whole` where that were all subjects; else time or room for what it finds was over before.
    """

    rule: Rule
    found: list[T] = field(default_factory=list)
    looks: int = 0
    took_s: float = 0.0
    is_whole: bool = False


async def checked(store: Store, org: str, rule_id: str, text: str, now: datetime) -> Rule:
    """A rule from a person's own text, planned by the database and not run.

    Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
    cannot be planned, LimitExceeded where it is too long.
    """
    check_length(text, "rule")
    return await planned(store, org, read_own(rule_id, text), now)


def check_length(text: str, what: str) -> None:
    """Raise LimitExceeded for a text of a rule, or of something that is written like one, that is too long."""
    if len(text) > MOST_CHARACTERS:
        raise LimitExceeded(f"text: a {what} has at most {MOST_CHARACTERS:,} characters")


async def planned(store: Store, org: str, rule: Rule, now: datetime) -> Rule:
    """The rule, once the database has planned it. Raises InvalidQuestion with its words where it cannot."""
    await store.explain(rule.text, {**rule.parameters(), "org": org, "now": now, "touched": []})
    return rule


async def try_rule(
    store: Store, org: str, text: str, now: datetime, most: int = MOST_FINDINGS
) -> Tried[Finding]:
    """Read a rule's text and have it look at the organization's subjects, in the order of their keys.

    Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
    cannot be planned, LimitExceeded where one look at some subjects takes too long.
    """
    rule = await checked(store, org, NAME, text, now)

    async def ask(given: Mapping[str, Any], limits: Limits) -> Mapping[str, Finding]:
        with persons_own():
            rows = await store.read(rule.text, given, limits=limits)
        return read_rows(rule, org, frozenset(given["touched"]), rows)

    return await look(store, Tried(rule), {"org": org, "now": now}, most, ask)


async def look(
    store: Store,
    tried: Tried[T],
    given: Mapping[str, Any],
    most: int,
    ask: Callable[[Mapping[str, Any], Limits], Awaitable[Mapping[str, T]]],
) -> Tried[T]:
    """Have what `tried` is of look at the subjects of the organization, until it found `most`, or time is over.

    `given` are `org` and `now`; `ask` is given the parameters and what it may take, and gives what is found by keys.
    """
    rule, began, after = tried.rule, time.monotonic(), ""
    while len(tried.found) < most and (left := began + WITHIN_S - time.monotonic()) > 0:
        subjects = await read_page(store, given["org"], rule.subjects, after, CHUNK, None)
        ids = [each for each, _ in subjects]
        found = await ask({**rule.parameters(), **given, "touched": ids}, Limits(left, 0))
        tried.found += [found[each] for each in sorted(found)]
        tried.looks += len(ids)
        if len(subjects) < CHUNK:
            tried.is_whole = True
            break
        after = subjects[-1][1]
    tried.is_whole = tried.is_whole and len(tried.found) <= most
    tried.found = tried.found[:most]
    tried.took_s = time.monotonic() - began
    return tried
