"""When a fact holds, and with which values: the arithmetic of claims, as pure functions over milliseconds.

A claim (one collector's last answer about one entity) supports the facts of that answer until it is replaced. A fact
holds while any claim supports it. The functions below take the events of claims one at a time and keep the fact's
state exact whatever order they come in; where the state alone cannot tell, they say `Rebuild`, and `rebuild` computes
the state from all answers. Nothing here reads a database.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

Values = dict[str, Any]


class RebuildNeeded(Exception):
    """The event is older than what the state remembers; only the log of answers can tell."""


@dataclass(slots=True)
class FactState:
    """What is stored of a fact's history. Moments are milliseconds since the epoch, UTC.

    `past` holds closed intervals as (from, last confirmed, ended), in order, apart from each other.
    """

    first_seen: int
    last_seen: int
    holds_since: int | None = None
    past: list[tuple[int, int, int]] = field(default_factory=list)
    supports: int = 0
    doubt: int = 0
    supported_at: int | None = None
    dropped_at: int | None = None

    @property
    def was_ever_held(self) -> bool:
        """Whether any claim supported the fact at any time."""
        return self.holds_since is not None or bool(self.past)


def doubt_of(reliability: float) -> int:
    """How much a claim of this reliability takes from doubt, as an integer so that sums are exact in any order."""
    return round(-math.log1p(-reliability) * 1e6)


def confidence_of(doubt: int) -> float:
    """The confidence 1 - (1-c1)(1-c2)... that a sum of doubts stands for, to as many places as doubts have."""
    return round(-math.expm1(-doubt / 1e6), 6)


def looked_at(state: FactState | None, at: int) -> FactState:
    """Somebody looked at the entity; without any claim for it this is all that is known."""
    if state is None:
        return FactState(at, at)
    if not state.was_ever_held:
        state.first_seen = min(state.first_seen, at)
        state.last_seen = max(state.last_seen, at)
    return state


def gain(state: FactState | None, at: int, doubt: int) -> FactState:
    """A claim that did not support the fact does so from `at` on (its newest answer)."""
    if state is None or not state.was_ever_held:
        return FactState(at, at, at, [], 1, doubt, at)
    state.supports += 1
    state.doubt += doubt
    state.supported_at = max(state.supported_at or at, at)
    since = at if state.holds_since is None else min(at, state.holds_since)
    seen = at if state.holds_since is None else max(at, state.last_seen)
    while state.past and state.past[-1][2] >= since:
        start, confirmed, _ = state.past.pop()
        since, seen = min(since, start), max(seen, confirmed)
    state.holds_since, state.last_seen = since, seen
    state.first_seen = state.past[0][0] if state.past else since
    return state


def confirm(state: FactState, at: int) -> FactState:
    """A claim that supports the fact says so again (its newest answer)."""
    state.last_seen = max(state.last_seen, at)
    return state


def lose(state: FactState, at: int, doubt: int) -> FactState:
    """A claim stops supporting the fact at `at` (its newest answer). Raises RebuildNeeded, leaving `state` unusable."""
    if state.supported_at is None or state.supported_at > at or state.holds_since is None:
        raise RebuildNeeded
    state.supports -= 1
    state.doubt -= doubt
    state.dropped_at = max(state.dropped_at or at, at)
    if state.supports == 0:
        state.past.append((state.holds_since, state.last_seen, state.dropped_at))
        state.holds_since = None
    return state


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of one claim as far as one fact is concerned. `order` breaks ties of the same millisecond."""

    claim: str
    at: int
    order: str
    states: bool
    content: str
    doubt: int
    values: Values | None = None


@dataclass(slots=True)
class Rebuilt:
    """A fact's whole history: its state, the values that hold and since when, and the former ones.

    `agreeing` is how many of the claims that support it state just these values, where no other states any; else None.
    """

    state: FactState
    values: Values
    changed_at: int | None
    valued_at: int | None
    versions: list[tuple[int, int, Values]]
    agreeing: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    """A claim's unbroken support with one content: [start, end), confirmed up to `seen`."""

    claim: str
    start: int
    end: float
    seen: int
    content_since: int
    doubt: int
    values: Values


def rebuild(answers: Iterable[Said], merges: Mapping[str, str]) -> Rebuilt | None:
    """A fact's history from every answer of every claim that ever stated it; None if none ever did.

    `merges` gives the merge policy of each property.
    """
    log = sorted(answers, key=lambda a: (a.claim, a.at, a.order))
    runs = [run for _, said in groupby(log, key=lambda a: a.claim) for run in _runs(list(said))]
    if not runs:
        return None
    state = _state(runs)
    steps = _steps(runs, merges)
    versions = [
        (start, steps[i + 1][0], values) for i, (start, values) in enumerate(steps[:-1]) if values
    ]
    changed = steps[-1][0] if len(steps) > 1 else None
    valued = [r.start for r in runs if r.values] + [
        int(r.end) for r in runs if r.values and r.end < math.inf
    ]
    values = steps[-1][1]
    stating = [r.values for r in runs if r.values and r.end == math.inf]
    agreeing = len(stating) if all(stated == values for stated in stating) else None
    return Rebuilt(state, values, changed, max(valued, default=None), versions, agreeing)


def _runs(said: Sequence[Said]) -> list[_Run]:
    """One claim's answers in order as runs of unbroken support by equal content."""
    runs: list[_Run] = []
    for index, answer in enumerate(said):
        if not answer.states:
            continue
        end: float = said[index + 1].at if index + 1 < len(said) else math.inf
        before = said[index - 1] if index else None
        if runs and before is not None and before.states and before.content == answer.content:
            last = runs[-1]
            runs[-1] = _Run(
                last.claim, last.start, end, answer.at, last.content_since, last.doubt, last.values
            )
        else:
            runs.append(
                _Run(
                    answer.claim,
                    answer.at,
                    end,
                    answer.at,
                    answer.at,
                    answer.doubt,
                    answer.values or {},
                )
            )
    return runs


def _state(runs: Sequence[_Run]) -> FactState:
    merged: list[list[float]] = []
    for run in sorted(runs, key=lambda r: (r.start, r.end)):
        if merged and run.start <= merged[-1][2]:
            merged[-1][1] = max(merged[-1][1], run.seen)
            merged[-1][2] = max(merged[-1][2], run.end)
        else:
            merged.append([run.start, run.seen, run.end])
    holding = [r for r in runs if r.end == math.inf]
    joints = {(r.claim, r.start) for r in runs}
    ends = [int(r.end) for r in runs if r.end < math.inf and (r.claim, r.end) not in joints]
    starts = {(r.claim, r.end) for r in runs}
    begins = [r.start for r in runs if (r.claim, r.start) not in starts]
    past = [(int(a), int(b), int(c)) for a, b, c in merged if c < math.inf]
    return FactState(
        first_seen=int(merged[0][0]),
        last_seen=int(merged[-1][1]),
        holds_since=int(merged[-1][0]) if merged[-1][2] == math.inf else None,
        past=past,
        supports=len(holding),
        doubt=sum(r.doubt for r in holding),
        supported_at=max(begins),
        dropped_at=max(ends, default=None),
    )


def _steps(runs: Sequence[_Run], merges: Mapping[str, str]) -> list[tuple[int, Values]]:
    """The values over time: (since, values), beginning with the fact's first moment, neighbours different."""
    moments = sorted({r.start for r in runs} | {int(r.end) for r in runs if r.end < math.inf})
    begins = sorted((r for r in runs if r.start < r.end), key=lambda r: r.start, reverse=True)
    ends = sorted(begins, key=lambda r: r.end, reverse=True)
    # Of claims that state the same only the foremost counts, and thousands may name what is known to many.
    live: dict[bytes, list[_Run]] = {}
    steps: list[tuple[int, Values]] = []
    for moment in moments:
        while ends and ends[-1].end <= moment:
            gone = ends.pop()
            ranks = live[place := _canonical(gone.values)]
            del ranks[bisect.bisect_left(ranks, _rank(gone), key=_rank)]
            if not ranks:
                del live[place]
        while begins and begins[-1].start <= moment:
            begun = begins.pop()
            bisect.insort(live.setdefault(_canonical(begun.values), []), begun, key=_rank)
        if not live:
            continue  # closed here: what was stated last stays readable
        foremost = (ranks[-1] for ranks in live.values())
        values = resolve(((*_rank(run), run.values) for run in foremost), merges)
        if not steps or steps[-1][1] != values:
            steps.append((moment, values))
    return steps or [(moments[0], {})]


def _rank(run: _Run) -> tuple[int, int, str]:
    """By what `resolve` orders claims."""
    return run.doubt, run.content_since, run.claim


def _canonical(values: Values) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


def resolve(stated: Iterable[tuple[int, int, str, Values]], merges: Mapping[str, str]) -> Values:
    """One set of values from what several claims state: (doubt, content since, claim, values) each.

    Lists that merge by union are united; elsewhere the most reliable claim wins, then the one with the newer content,
    then the greater claim id, so that the result never depends on the order of reading.
    """
    result: Values = {}
    for _, _, _, values in sorted(stated, key=lambda s: s[:3]):
        for name, value in values.items():
            if merges.get(name) == "union" and name in result:
                result[name] = sorted({*result[name], *value})
            else:
                result[name] = value
    return dict(sorted(result.items()))
