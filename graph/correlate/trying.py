"""Trying a rule that is being written: what it would find on what is there, and what that takes. Nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate import rules as rule_files
from graph.correlate.anchors import page_of
from graph.correlate.evaluating import CHUNK
from graph.correlate.findings import Finding, read_rows
from graph.correlate.rules import Rule
from graph.errors import LimitExceeded
from graph.store import Limits, Store

NAME, FILE = (
    "own.tried",
    "rule",
)  # what it is called in messages: they name lines of the text as it was given
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


async def try_rule(
    store: Store, org: str, text: str, now: datetime, most: int = MOST_FINDINGS
) -> Tried:
    """Read a rule's text and have it look at the organization's subjects, in the order of their keys.

    Raises InvalidRule with the line where it breaks a promise, InvalidQuestion with the database's words where it
    cannot be planned, LimitExceeded where one look at some subjects takes too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise LimitExceeded(f"text: a rule has at most {MOST_CHARACTERS:,} characters")
    rule = rule_files.parse(NAME, FILE, text)
    given = {**rule.parameters(), "org": org, "now": now}
    await store.explain(rule.text, {**given, "touched": []})
    tried, began = Tried(rule), time.monotonic()
    after = ""
    while len(tried.found) < most and (left := began + WITHIN_S - time.monotonic()) > 0:
        subjects = await _page(store, org, rule.subject, after)
        ids = [each for each, _ in subjects]
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


async def _page(store: Store, org: str, kind: str, after: str) -> Sequence[tuple[str, str]]:
    """Ids and keys of some subjects behind a key."""
    given = {"org": org, "after": after, "most": CHUNK}
    found: list[list[str]] = await store.read_single(page_of(kind), given)
    return [(each, key) for each, key in found]
