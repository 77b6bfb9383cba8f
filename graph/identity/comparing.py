"""Keeps the pairs that may be one up to date: what a write touched is compared within its blocks, and with nobody else.

One transaction at a time compares in an organization, so what it reads is what it writes beside. What a threshold
decides, it decides here: only where nobody ever decided of the pair, and nothing stands between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate.acts import SYSTEM, events_of
from graph.correlate.anchors import Touched
from graph.correlate.outbox import leave_events
from graph.correlate.subjects import read_page
from graph.errors import LimitExceeded, MirageError
from graph.identity import blocks, gathering, pairs
from graph.match.blocking import HUB
from graph.match.profile import Profile
from graph.match.score import Decision
from graph.model.base import name_id
from graph.queries import identity as asking
from graph.queries import matching as queries
from graph.store import Limits, Store, Transaction
from graph.tracing import noted, spanned
from graph.writer import EventGroup, Written

CHUNK = 200  # entities compared in one transaction
MOST_CANDIDATES = 20
MOST_HOLDERS = 200
WRITE_LIMITS = Limits(timeout_s=120.0, retry_s=120.0)


@dataclass
class Compared:
    """What was written for the stream, how many entities were compared anew, in how many pairs, and what failed."""

    written: list[Written] = field(default_factory=list)
    entities: int = 0
    pairs: int = 0
    failed: dict[str, MirageError] = field(default_factory=dict)


@dataclass
class _Judged:
    """The pairs of one transaction: as they are kept, and which of them are enough for their threshold."""

    records: dict[str, queries.MatchRecord] = field(default_factory=dict)
    acceptable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Resolver:
    """Compares in one database; safe to use at once and in many processes."""

    store: Store

    async def compare(
        self, org: str, touched: Touched, now: datetime, bookmarks: Sequence[str] = ()
    ) -> Compared:
        """Compare what a write touched, and whom what it touched identifies."""
        done = Compared()
        if not touched.ids:
            return done
        wanted = queries.MatchableParams(
            org=org, ids=sorted(touched.ids), kinds=list(gathering.KINDS), most=MOST_HOLDERS
        )
        rows = await self.store.fetch(
            queries.LIST_MATCHABLE.bind(wanted), bookmarks=tuple(bookmarks)
        )
        await self._compare_all(org, sorted({row.id for row in rows}), now, done)
        return done

    async def catch_up(self, org: str, now: datetime) -> Compared:
        """Compare everything where keys, scorers or weights are others than the last time."""
        done = Compared()
        desk = pairs.desk_id(org)
        known = await self.store.fetch_one(queries.GET_DESK.bind(queries.DeskIdParams(id=desk)))
        if known is not None and known.basis == pairs.basis():
            return done
        for kind in gathering.KINDS:
            after = ""
            while page := await read_page(self.store, org, kind, after):
                await self._compare_all(org, [each for each, _ in page], now, done)
                after = page[-1][1]
        params = queries.BasisParams(id=desk, org=org, basis=pairs.basis())
        await self.store.fetch(queries.UPSERT_BASIS.bind(params))
        return done

    async def _compare_all(
        self, org: str, ids: Sequence[str], now: datetime, done: Compared
    ) -> None:
        for first in range(0, len(ids), CHUNK):
            await self._compare_some(org, ids[first : first + CHUNK], now, done)

    async def _compare_some(
        self, org: str, ids: Sequence[str], now: datetime, done: Compared
    ) -> None:
        """Compare in one transaction; where that is too much for one, in halves, so that one fails alone."""
        one = _Comparison(org, now, ids)
        try:
            with spanned("compare", {"mirage.entities": len(ids)}):
                written, _ = await self.store.transact(one.carry_out, limits=WRITE_LIMITS)
                noted({"mirage.pairs": one.looked_at})
        except LimitExceeded as error:
            if len(ids) == 1:
                done.failed[ids[0]] = error
                return
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                await self._compare_some(org, half, now, done)
            return
        done.entities += one.changed
        done.pairs += one.looked_at
        if written is not None:
            done.written.append(written)


class _Comparison:
    """One transaction's work. `carry_out` may run again from its start: it begins with nothing counted."""

    def __init__(self, org: str, now: datetime, ids: Sequence[str]) -> None:
        self._org, self._now, self.ids = org, now, ids
        self.changed = self.looked_at = 0

    async def carry_out(self, tx: Transaction) -> Written | None:
        """Compare; what was written for the stream, None where nothing happened."""
        self.changed = self.looked_at = 0
        await hold(tx, self._org)
        profiles, gone = await self._gather(tx)
        kept = await self._keep(tx, profiles)
        fresh = {each["id"]: profiles[each["id"]] for each in kept}
        self.changed = len(fresh) + len(gone)
        if not fresh and not gone:
            return None
        known = await _pairs_of(tx, [*fresh, *gone])
        found = await tx.fetch(blocks.candidates_of(kept, MOST_CANDIDATES, HUB)) if kept else []
        judged = await self._judge(tx, fresh, found, known)
        over = [pair for pair in known.values() if pair.id not in judged.records]
        events = await self._write(tx, judged, known, over)
        return await leave_events(tx, self._org, self._now, events) if events else None

    async def _gather(self, tx: Transaction) -> tuple[dict[str, Profile], list[str]]:
        """What is compared of these entities by id, and which of them hold no longer."""
        rows = await tx.fetch(gathering.values_of(self._org, self.ids))
        profiles = {row.id: found for row in rows if (found := gathering.profile_of(row))}
        gone = [row.id for row in rows if row.id not in profiles]
        if gone:
            forgotten = await tx.fetch(queries.DELETE_PROFILES.bind(queries.IdsParams(ids=gone)))
            gone = [row.id for row in forgotten]
        return profiles, gone

    async def _keep(
        self, tx: Transaction, profiles: Mapping[str, Profile]
    ) -> list[queries.ProfileRecord]:
        """Keep what is compared; gives that of those of which it changed."""
        before = await tx.fetch(queries.LIST_PROFILES.bind(queries.IdsParams(ids=sorted(profiles))))
        digests = {id_: digest for row in before for id_, digest, _ in row.profiles}
        basis = pairs.basis()
        made = (blocks.record_of(self._org, each, basis) for each in profiles.values())
        changed = [each for each in made if digests.get(each["id"]) != each["digest"]]
        if changed:
            params = queries.ProfilesParams(org=self._org, profiles=changed)
            await tx.fetch(queries.UPSERT_PROFILES.bind(params))
        return changed

    async def _judge(
        self,
        tx: Transaction,
        fresh: Mapping[str, Profile],
        found: Iterable[queries.CandidatesRow],
        known: Mapping[str, queries.PairRow],
    ) -> _Judged:
        """Judge the candidates that were found of changed entities, and the pairs that these are in already."""
        brought = {_ordered(p.left, p.right) for p in known.values() if p.is_candidate}
        brought |= {_ordered(row.id, other) for row in found for other in row.candidates}
        wanted = brought | {_ordered(pair.left, pair.right) for pair in known.values()}
        profiles = await _profiles_of(tx, fresh, {each for pair in wanted for each in pair})
        judged = _Judged()
        for pair in sorted(wanted):
            left, right = map(profiles.get, pair)
            if left and right:
                self._judge_one(left, right, known, judged, is_brought=pair in brought)
        return judged

    def _judge_one(
        self,
        left: Profile,
        right: Profile,
        known: Mapping[str, queries.PairRow],
        judged: _Judged,
        *,
        is_brought: bool,
    ) -> None:
        """Judge a pair. What somebody stated by hand and no block brought up is no candidate, however alike the two."""
        scorer = pairs.scorer_between(left, right)
        if scorer is None:
            return
        self.looked_at += 1
        verdict = scorer.judge(left, right)
        pair = known.get(pairs.match_id(self._org, left.id, right.id))
        # What is known already is no question, unless it is known because this pair was accepted.
        is_known = pairs.is_stated(scorer, left, right) and (
            pair is None or pair.state != "ACCEPTED"
        )
        is_worth_asking = verdict.decision is not Decision.REJECT and not is_known
        if not is_worth_asking and (pair is None or not pair.is_decided):
            return
        record = pairs.record_of(self._org, left, right, scorer, verdict)
        record["is_candidate"] = is_worth_asking and is_brought
        judged.records[record["id"]] = record
        if verdict.decision is Decision.ACCEPT:
            judged.acceptable.append(record["id"])

    async def _write(
        self,
        tx: Transaction,
        judged: _Judged,
        known: Mapping[str, queries.PairRow],
        over: Sequence[queries.PairRow],
    ) -> list[EventGroup]:
        events = await self._take_back(tx, judged, known)
        if over:
            params_of_over = queries.DropParams(ids=[pair.id for pair in over], now=self._now)
            dropped = await tx.fetch(queries.DROP_MATCHES.bind(params_of_over))
            events += events_of("Match", "withdrawn", [row.id for row in dropped])
        changed = [each for each in judged.records.values() if not _is_kept(each, known)]
        if changed:
            params = queries.MatchesParams(org=self._org, now=self._now, matches=changed)
            rows = await tx.fetch(queries.UPSERT_MATCHES.bind(params))
            raised = [
                row.id
                for row in rows
                if row.state == "OPEN"
                and (row.id not in known or known[row.id].state == "WITHDRAWN")
            ]
            events += events_of("Match", "raised", raised)
        events += await self._accept(tx, judged, known)
        return events

    async def _take_back(
        self, tx: Transaction, judged: _Judged, known: Mapping[str, queries.PairRow]
    ) -> list[EventGroup]:
        """Withdraw what a threshold decided and would not decide now."""
        back = [
            pair.id
            for pair in known.values()
            if pair.is_automatic and pair.id not in judged.acceptable
        ]
        if not back:
            return []
        params = queries.UndoParams(
            ids=back, by=SYSTEM, act="", comment="What is known now is not enough.", now=self._now
        )
        rows = await tx.fetch(queries.CLOSE_DECISIONS.bind(params))
        return events_of("Match", "decided", [row.id for row in rows])

    async def _accept(
        self, tx: Transaction, judged: _Judged, known: Mapping[str, queries.PairRow]
    ) -> list[EventGroup]:
        """Decide what a threshold decides, one by one: each may stand in the way of the next."""
        accepted = []
        for id_ in judged.acceptable:
            pair, record = known.get(id_), judged.records[id_]
            if pair is not None and (pair.is_settled or pair.is_automatic):
                continue
            if await self._stands_between(tx, record["left"], record["right"]):
                continue
            act = name_id(self._org, "IdentityDecision", id_, self._now.isoformat())
            params = queries.DecideParams(
                org=self._org, decisions=[{"id": act, "match": id_, "verdict": "ACCEPTED"}],
                by=SYSTEM, is_automatic=True, comment="", now=self._now,
            )  # fmt: skip
            accepted += [row.id for row in await tx.fetch(queries.UPSERT_DECISIONS.bind(params))]
        return events_of("Match", "decided", accepted)

    async def _stands_between(self, tx: Transaction, left: str, right: str) -> bool:
        """Whether anything holds members of the two identities to be two: a decision, or a veto."""
        lefts, rights = await members_of(tx, self._org, left, right)
        between = asking.BetweenParams(org=self._org, readable=None, lefts=lefts, rights=rights)
        if await tx.fetch(asking.FIND_REJECTED.bind(between)):
            return True
        profiles = await _profiles_of(tx, {}, {*lefts, *rights})
        return any(
            (scorer := pairs.scorer_between(profiles[one], profiles[other])) is not None
            and scorer.judge(profiles[one], profiles[other]).vetoes
            for one in lefts
            for other in rights
            if one in profiles and other in profiles
        )


async def hold(tx: Transaction, org: str) -> None:
    """Keep others from comparing and deciding in the organization until the transaction ends."""
    params = queries.DeskParams(id=pairs.desk_id(org), org=org)
    await tx.fetch(queries.UPSERT_DESK.bind(params))


async def members_of(
    tx: Transaction, org: str, left: str, right: str, readable: list[str] | None = None
) -> tuple[list[str], list[str]]:
    """With whom either is held to be one, as far as the reader may know."""
    params = asking.ManyParams(org=org, readable=readable, ids=[left, right])
    rows = await tx.fetch(asking.FIND_MEMBERS.bind(params))
    found = {row.id: row.members for row in rows}
    return found.get(left, []), found.get(right, [])


async def _profiles_of(
    tx: Transaction, fresh: Mapping[str, Profile], ids: Iterable[str]
) -> dict[str, Profile]:
    """Profiles by id, those that are known here as they are."""
    missing = sorted({*ids} - fresh.keys())
    rows = await tx.fetch(queries.LIST_PROFILES.bind(queries.IdsParams(ids=missing)))
    known = {id_: gathering.from_json(text) for row in rows for id_, _, text in row.profiles}
    return {**fresh, **known}


async def _pairs_of(tx: Transaction, ids: Sequence[str]) -> dict[str, queries.PairRow]:
    params = queries.PairsParams(ids=list(ids), system=SYSTEM)
    return {row.id: row for row in await tx.fetch(queries.LIST_PAIRS.bind(params))}


def _is_kept(record: queries.MatchRecord, known: Mapping[str, queries.PairRow]) -> bool:
    """Whether a pair is kept as it is judged now."""
    pair = known.get(record["id"])
    return pair is not None and all(
        getattr(pair, name) == record[name]
        for name in ("score", "features", "vetoes", "is_candidate")
    )


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
