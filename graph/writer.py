"""The one write path for facts: answers in, one transaction per group, events out.

Answers that are ready together are committed together, bounded in rows; each is written whole or not at all, and
writing it again changes nothing. What the graph then holds depends on the set of answers, not on their order.
"""

from __future__ import annotations

import asyncio
import itertools
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from graph import metering, tracing
from graph.causality import note_written
from graph.encoding import Encoded, encode
from graph.errors import Conflict, InvalidFact
from graph.facts import Answer
from graph.ledger import Ledger, Slot
from graph.loading import (
    known_observations,
    load_claims,
    load_entities,
    load_relationships,
    only_repeating,
)
from graph.markings import mark_facts
from graph.model.base import Entity, Relationship, name_id
from graph.rebuild import rebuild_facts
from graph.rows import (
    Statement,
    Times,
    claim_statements,
    entity_statements,
    observation_statements,
    relationship_statements,
)
from graph.store import Limits, Store, Transaction
from graph.tracing import Recorded, spanned
from graph.upsert import log

MOST_ROWS = 12_000
ENCODED_AT_A_TIME = 16  # then the group that is being committed may go on
WRITE_LIMITS = Limits(timeout_s=60.0, retry_s=120.0)
# A process that stands still within it keeps others from its leases for as long, and from all that they write.
FENCED_LIMITS = Limits(timeout_s=30.0, retry_s=120.0)


@dataclass(frozen=True)
class Fence:
    """A lease that must still be held for the write to count: its id and the attempt's number."""

    lease: str
    number: int


@dataclass(frozen=True)
class EventGroup:
    """One kind of event for several ids; see docs/graph-storage.md, the write log."""

    type: str
    kind: str
    ids: tuple[str, ...]
    run: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self, org: str, at: datetime) -> dict[str, Any]:
        """The group as the stream carries it."""
        moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "type": self.type, "org": org, "at": moment, "run": self.run, "kind": self.kind,
            "ids": list(self.ids), "data": self.data,
        }  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What a group's transaction did.

    `touched` are ids of entities that conclusions may rest on; of these, `ends` only had a
    relationship change, not themselves: ids by the relationship's type.
    """

    org: str
    at: datetime
    outbox: str
    touched: tuple[str, ...]
    events: tuple[EventGroup, ...]
    bookmarks: tuple[str, ...]
    new_observations: int
    ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Publish = Callable[[Written], Awaitable[None]]


@dataclass
class _Waiting:
    org: str
    encoded: list[Encoded]
    fence: Fence | None
    done: asyncio.Future[Written]
    span: Recorded | None

    @property
    def rows(self) -> int:
        return sum(e.rows for e in self.encoded)


class Writer:
    """Commits answers in groups. Use as an async context manager: leaving it waits for what was submitted."""

    _task: asyncio.Task[None]

    def __init__(
        self, store: Store, publish: Publish | None = None, most_rows: int = MOST_ROWS
    ) -> None:
        self._store = store
        self._publish = publish
        self._most_rows = most_rows
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue(maxsize=64)
        self.commits = 0

    async def __aenter__(self) -> Writer:
        self._task = asyncio.create_task(self._commit_forever())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._queue.put(None)
        await self._task

    async def write(
        self, org: str, answers: Sequence[Answer], fence: Fence | None = None
    ) -> Written:
        """Write `answers` whole, together with what else is ready.

        Raises Conflict when the fence has moved on, InvalidFact for an answer too large for one transaction,
        StoreUnavailable when the database stays away.
        """
        encoded = []
        for answer in answers:
            encoded.append(one := encode(org, answer))
            if one.rows > 4 * self._most_rows:
                raise InvalidFact(
                    f"{one.answer.collector}: an answer with {len(one.entities)} entities is too large for one"
                    " transaction; give it in parts"
                )
            if len(encoded) % ENCODED_AT_A_TIME == 0:
                await asyncio.sleep(0)
        with spanned("write", {"mirage.answers": len(encoded)}):
            done = asyncio.get_running_loop().create_future()
            await self._queue.put(_Waiting(org, encoded, fence, done, tracing.current()))
            written: Written = await done
        note_written(written.bookmarks)
        return written

    async def _commit_forever(self) -> None:
        carried: _Waiting | None = None
        while True:
            first = carried or await self._queue.get()
            carried = None
            if first is None:
                return
            group, rows = [first], first.rows
            while rows < self._most_rows and not self._queue.empty():
                following = self._queue.get_nowait()
                if (
                    following is None
                    or following.org != first.org
                    or rows + following.rows > self._most_rows
                ):
                    if following is None:
                        self._queue.put_nowait(None)
                    else:
                        carried = following
                    break
                group.append(following)
                rows += following.rows
            await self._settle(group)

    async def _settle(self, group: list[_Waiting]) -> None:
        """Commit a group; if it fails as a whole, one by one, so that a bad answer fails alone."""
        owners = [one.span for one in group if one.span is not None]
        try:
            with tracing.shared("write group", owners, {"mirage.answers": _count(group)}):
                written, refused = await self._commit(group)
        except Exception as error:
            if len(group) > 1:
                for one in group:
                    await self._settle([one])
            elif not group[0].done.done():
                group[0].done.set_exception(error)
            return
        for one in group:
            if one.done.done():
                continue
            if one.fence in refused:
                one.done.set_exception(
                    Conflict(f"lease {cast(Fence, one.fence).lease} has moved on")
                )
            else:
                one.done.set_result(written)

    async def _commit(self, group: list[_Waiting]) -> tuple[Written, set[Fence | None]]:
        org = group[0].org
        at = datetime.now(UTC)

        async def work(tx: Transaction) -> tuple[Written, set[Fence | None]]:
            refused = await _refused(tx, group)
            encoded = [e for one in group if one.fence not in refused for e in one.encoded]
            return await write_group(tx, org, encoded, at), refused

        limits = FENCED_LIMITS if any(one.fence for one in group) else WRITE_LIMITS
        (written, refused), bookmarks = await self._store.transact(work, limits=limits)
        self.commits += 1
        metering.GROUPS.inc()
        for one in group:
            if one.fence not in refused:
                for each in one.encoded:
                    metering.ANSWERS.labels(each.answer.collector, each.answer.outcome.value).inc()
        written = Written(
            org,
            at,
            written.outbox,
            written.touched,
            written.events,
            bookmarks,
            written.new_observations,
            written.ends,
        )
        if self._publish is not None and written.outbox:
            await self._publish(written)
        return written, refused


def _count(group: Iterable[_Waiting]) -> int:
    return sum(len(one.encoded) for one in group)


async def _refused(tx: Transaction, group: Iterable[_Waiting]) -> set[Fence | None]:
    fences = {one.fence for one in group if one.fence is not None}
    if not fences:
        return set()
    rows = await tx.run_single(log.FENCES, {"rows": sorted([f.lease, f.number] for f in fences)})
    valid = {lease for lease, is_valid in rows if is_valid}
    return {f for f in fences if f.lease not in valid}


async def write_group(
    tx: Transaction, org: str, encoded: Sequence[Encoded], at: datetime
) -> Written:
    """Write answers of one organization within `tx`. Nothing is published here."""
    known = await known_observations(tx, encoded)
    fresh = {e.observation: e for e in encoded if e.observation not in known}
    answers = sorted(fresh.values(), key=lambda e: (e.at, e.observation))
    if not answers:
        return Written(org, at, "", (), (), (), 0)
    ledger = Ledger()
    await load_claims(tx, ledger, answers)
    repeating = only_repeating(ledger, answers)
    await load_entities(tx, ledger, answers, repeating)
    await load_relationships(tx, ledger)
    for one in answers:
        ledger.apply(one)
    times = Times()
    statements = itertools.chain(
        entity_statements(ledger, times),
        relationship_statements(ledger, times),
        observation_statements(org, ledger, times),
        claim_statements(ledger, times, answers),
    )
    await _execute(tx, org, statements, times)
    await rebuild_facts(tx, org, ledger)
    await mark_facts(tx, ledger, answers)
    return await _leave_events(tx, org, ledger, answers, at)


async def _execute(
    tx: Transaction, org: str, statements: Iterable[Statement], times: Times
) -> None:
    """Run statements in order. The rows of each are made while the database carries out the one before."""
    running: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    running.set_result(None)
    try:
        for text, parameters in statements:
            given = {**parameters, "org": org, "times": times.values()}
            await running
            running = asyncio.create_task(tx.execute(text, given))
            await asyncio.sleep(0)  # so that it is on its way
        await running
    finally:
        running.cancel()


async def _leave_events(
    tx: Transaction, org: str, ledger: Ledger, answers: Sequence[Encoded], at: datetime
) -> Written:
    """Tell what happened, durably: the outbox is what a crash after commit leaves for the next publisher."""
    changed, ends = _touched(ledger, answers)
    touched = changed.union(*ends.values())
    runs = {e.answer.run for e in answers}
    run = runs.pop() if len(runs) == 1 else ""
    events = (
        *_groups("entity", ledger.entities, run),
        *_groups("relationship", ledger.relationships, run),
    )
    outbox = name_id(org, "Outbox", *sorted(e.observation for e in answers))
    payload = zlib.compress(orjson.dumps([g.as_json(org, at) for g in events]), 1)
    ids = zlib.compress(orjson.dumps([sorted(changed), ends]), 1)
    await tx.execute(
        log.CREATE_OUTBOX,
        {"id": outbox, "org": org, "at": at, "events": payload, "touched": ids},
    )
    return Written(org, at, outbox, tuple(sorted(touched)), events, (), len(answers), ends)


def _touched(
    ledger: Ledger, answers: Sequence[Encoded]
) -> tuple[set[str], dict[str, tuple[str, ...]]]:
    """Entities that changed themselves, and by type the ends of relationships that changed, also of answers' own."""
    # Where something is marked, who may read a fact can change with each statement of it.
    has_marks = any(e.answer.tlp for e in answers)

    def is_altered(slot: Slot) -> bool:
        return slot.is_altered or (slot.is_rewritten and (has_marks or slot.is_marked))

    changed = {i for i, slot in ledger.entities.items() if is_altered(slot)}
    ends: dict[str, set[str]] = defaultdict(set)
    for slot in ledger.relationships.values():
        if is_altered(slot):
            ends[cast(type[Relationship], slot.kind).type].update(slot.ends)
    ends["OF"].update(e.about for e in answers)
    for encoded, repeated in ledger.applied:
        if repeated is None:
            ends["PRODUCED"].update(encoded.entities)
    only = {name: tuple(sorted(ids - changed)) for name, ids in sorted(ends.items())}
    return changed, {name: ids for name, ids in only.items() if ids}


def _groups(what: str, slots: dict[str, Slot], run: str) -> list[EventGroup]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fact_id, slot in sorted(slots.items()):
        name = slot.kind.__name__ if issubclass(slot.kind, Entity) else slot.kind.type
        for change in _changes(slot):
            if what == "entity" or change != "created":
                found[(change, name)].append(fact_id)
    return [
        EventGroup(f"{what}.{change}", name, tuple(ids), run)
        for (change, name), ids in found.items()
    ]


def _changes(slot: Slot) -> list[str]:
    state = slot.state
    if state is None:
        return []
    holds = state.holds_since is not None
    if holds and not slot.was_known:
        return ["created"]
    changes = []
    if holds and not slot.held_before:
        changes.append("reappeared")
    if slot.held_before and not holds:
        changes.append("expired")
    if slot.values is not None and slot.is_rewritten and holds and slot.is_revalued:
        changes.append("changed")
    return changes
