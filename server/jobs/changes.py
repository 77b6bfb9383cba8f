"""What differs between two runs of a scan, by what their answers tell. Pure.

A claim is what one collector says of one entity. What is told no more is gone only where every claim that told it was
answered again; else nobody looked, and it may still be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Claims = Mapping[str, frozenset[str]]
"""The ids of the facts that each claim tells that was answered in a run; no ids where there was nothing to tell."""


@dataclass(frozen=True)
class Changes:
    """Facts that only one of two runs tells, by their ids."""

    appeared: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    not_rechecked: frozenset[str] = frozenset()


def claims_of(answers: Iterable[tuple[str, Iterable[str]]]) -> Claims:
    """Claims from the answers of a run: of several to one claim, all facts count."""
    found: dict[str, frozenset[str]] = {}
    for claim, facts in answers:
        found[claim] = found.get(claim, frozenset()) | frozenset(facts)
    return found


def between(earlier: Claims, later: Claims) -> Changes:
    """What differs from `earlier` to `later`."""
    before, now = frozenset().union(*earlier.values()), frozenset().union(*later.values())
    unanswered = frozenset().union(
        *(facts for claim, facts in earlier.items() if claim not in later)
    )
    missing = before - now
    return Changes(now - before, missing - unanswered, missing & unanswered)
