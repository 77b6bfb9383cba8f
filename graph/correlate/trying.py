"""Trying a rule that is being written: what it would find on what is there, and what that takes. Nothing is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate.anchors import read_page
from graph.correlate.books import OWN, read_own
from graph.correlate.evaluating import CHUNK
from graph.correlate.findings import Finding, read_rows
from graph.correlate.rules import Rule
from graph.errors import LimitExceeded
from graph.store import Limits, Store
from graph.translating import persons_own

NAME = f"{OWN}tried"
MOST_CHARACTERS = 20_000
MOST_FINDINGS = 200
WITHIN_S = 5.0


@dataclass
class Tried:
    """What came of it: the rule as it was read, what it would find, how many subjects it looked at, and the seconds.

    `is_whole` where that were all subjects; else time or room for findings was over before.
    """

    rule: Rule
    found: list[Finding] = field(default_factory=list)
    looks: int = 0
    took_s: float = 0.0
    is_whole: bool = False


async def checked(store: Store, org: str, rule_id: str, text: str, now: datetime) -> Rule:
    """A rule from a person's own text, planned by the database and not run.

    Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
    cannot be planned, LimitExceeded where it is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise LimitExceeded(f"text: a rule has at most {MOST_CHARACTERS:,} characters")
    rule = read_own(rule_id, text)
    await store.explain(rule.text, {**rule.parameters(), "org": org, "now": now, "touched": []})
    return rule


async def try_rule(
    store: Store, org: str, text: str, now: datetime, most: int = MOST_FINDINGS
) -> Tried:
    """Read a rule's text and have it look at the organization's subjects, in the order of their keys.

    Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
    cannot be planned, LimitExceeded where one look at some subjects takes too long.
    """
    rule = await checked(store, org, NAME, text, now)
    given = {**rule.parameters(), "org": org, "now": now}
    tried, began = Tried(rule), time.monotonic()
    after = ""
    while len(tried.found) < most and (left := began + WITHIN_S - time.monotonic()) > 0:
        subjects = await read_page(store, org, rule.subject, after, CHUNK, None)
        ids = [each for each, _ in subjects]
        with persons_own():
            rows = await store.read(rule.text, {**given, "touched": ids}, limits=Limits(left, 0))
        found = read_rows(rule, org, frozenset(ids), rows)
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
