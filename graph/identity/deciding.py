"""What people decide of pairs: one, two, or later; and taking it back, after which all is as if they never had.

A decision is kept, also when it is taken back or another follows. It joins two entities by SAME_AS for as long as it
stands, and changes nothing else; so what is written meanwhile is the same with it and without. Of two that are not one
but belong together, it states the relationship instead (`stating`). Who may decide is settled elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from graph.correlate.acts import check_comment, each_once, events_of
from graph.correlate.outbox import leave_events
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.identity import gathering, pairs
from graph.identity.comparing import hold, members_of
from graph.identity.stating import state_accepted
from graph.match.profile import Profile
from graph.model.base import name_id
from graph.queries import identity as asking
from graph.queries import matching as queries
from graph.store import Store, Transaction
from graph.undone import undone
from graph.writer import Written


class Verdict(enum.StrEnum):
    """What is decided of a pair."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    DEFERRED = "DEFERRED"


@dataclass(frozen=True)
class Deciding:
    """Somebody decides at a moment, of pairs that they may read. `act` makes the same act the same one."""

    store: Store
    org: str
    by: str
    now: datetime
    act: str
    readable: list[str] | None = None

    async def decide(
        self, matches: Sequence[str], verdict: Verdict, comment: str = ""
    ) -> list[Written]:
        """Decide of pairs; of all of them, or none. Gives what is to be published.

        Raises NotFound, InvalidQuestion, and Conflict where it contradicts what stands: two cannot be one by way of
        others and be held to be two.
        """
        check_comment(comment)

        async def work(tx: Transaction) -> list[str]:
            found = await self._lock(tx, matches)
            return await self._decide(tx, found, verdict, comment)

        return await self._carried_out(work)

    async def preview(self, matches: Sequence[str], verdict: Verdict) -> list[list[str]]:
        """The identities that these pairs' entities would be in if `verdict` were decided, as ids of members.

        It is decided, in a transaction that is never committed. Raises what `decide` does.
        """

        async def work(tx: Transaction) -> list[list[str]]:
            found = await self._lock(tx, matches)
            await self._decide(tx, found, verdict, "")
            sides = sorted({side for pair in found for side in (pair.left, pair.right)})
            params = asking.ManyParams(org=self.org, readable=self.readable, ids=sides)
            rows = await tx.fetch(asking.FIND_MEMBERS.bind(params))
            return [list(each) for each in sorted({tuple(row.members) for row in rows})]

        return await undone(self.store, work)

    async def undo(self, matches: Sequence[str], comment: str = "") -> list[Written]:
        """Take back what stands; of all of these, or none. Raises NotFound, Conflict where nothing is decided."""
        check_comment(comment)

        async def work(tx: Transaction) -> list[str]:
            found = await self._lock(tx, matches)
            # A request that is sent again finds what it has taken back itself.
            left = [pair for pair in found if self.act not in pair.undone]
            undecided = [pair.id for pair in left if pair.state not in set(Verdict)]
            if undecided:
                raise Conflict(f"nothing is decided of the match {undecided[0]}")
            params = queries.UndoParams(
                ids=[pair.id for pair in left], by=self.by, act=self.act, comment=comment.strip(),
                now=self.now,
            )  # fmt: skip
            return [row.id for row in await tx.fetch(queries.CLOSE_DECISIONS.bind(params))]

        return await self._carried_out(work)

    async def state(
        self, one: str, other: str, verdict: Verdict, comment: str = "", overrules: bool = False
    ) -> tuple[list[Written], str]:
        """Decide of two entities that comparing did not bring up; gives the pair's id, too.

        Raises NotFound, InvalidQuestion for two that are never one, and Conflict where a veto speaks against one that
        `overrules` none, or where it contradicts what stands.
        """
        check_comment(comment)
        if one == other:
            raise InvalidQuestion("right: give two entities; an entity is one with itself")
        id_ = pairs.match_id(self.org, one, other)

        async def work(tx: Transaction) -> list[str]:
            await hold(tx, self.org)
            left, right = sorted(await self._profiles(tx, one, other), key=lambda each: each.id)
            scorer = pairs.scorer_between(left, right)
            if scorer is None:
                first, second = sorted((left.kind, right.kind))
                raise InvalidQuestion(f"right: a {first} and a {second} are never one")
            judged = scorer.judge(left, right)
            if judged.vetoes and verdict is Verdict.ACCEPTED and not overrules:
                veto = judged.vetoes[0]
                raise Conflict(
                    f"{veto.reason}: {veto.left} and {veto.right}; overrule that if it is a mistake"
                )
            if not await self._known(tx, [id_]):
                record = pairs.record_of(self.org, left, right, scorer, judged)
                record["is_candidate"] = False  # comparing has not brought it up
                params = queries.MatchesParams(org=self.org, now=self.now, matches=[record])
                await tx.fetch(queries.UPSERT_MATCHES.bind(params))
            return await self._decide(tx, await self._known(tx, [id_]), verdict, comment)

        return await self._carried_out(work), id_

    async def _carried_out(
        self, work: Callable[[Transaction], Awaitable[list[str]]]
    ) -> list[Written]:
        """Carry out, in one transaction, what gives the pairs of which something else is decided then."""

        async def whole(tx: Transaction) -> list[Written]:
            decided = await work(tx)
            events = events_of("Match", "decided", decided)
            stated = await state_accepted(tx, self.org, decided, self.by, self.now)
            done = await leave_events(tx, self.org, self.now, events)
            return [done, stated] if stated else [done]

        written, _ = await self.store.transact(whole)
        return written

    async def _profiles(self, tx: Transaction, one: str, other: str) -> list[Profile]:
        """What is compared of two entities that may be read."""
        readable = asking.ManyParams(org=self.org, readable=self.readable, ids=[one, other])
        known = {row.id for row in await tx.fetch(asking.FIND_MEMBERS.bind(readable))}
        rows = await tx.fetch(gathering.values_of(self.org, sorted(known)))
        found = [made for row in rows if (made := gathering.profile_of(row))]
        for name, id_ in (("left", one), ("right", other)):
            if id_ not in known:
                raise NotFound(f"there is no entity {id_}")
            if id_ not in {each.id for each in found}:
                kinds = ", ".join(gathering.KINDS)
                raise InvalidQuestion(f"{name}: it does not hold now, or is none of {kinds}")
        return found

    async def _decide(
        self,
        tx: Transaction,
        found: Sequence[asking.LockedRow],
        verdict: Verdict,
        comment: str,
    ) -> list[str]:
        """Decide of pairs that are locked; gives those of which something else was decided before, or nothing."""
        changed: list[str] = []
        # One by one, since each may contradict the ones before it.
        for pair in found:
            if verdict is Verdict.REJECTED:
                await self._check_apart(tx, pair)
            if verdict is Verdict.ACCEPTED:
                await self._check_may_be_one(tx, pair)
            if pair.state == verdict:
                continue
            params = queries.DecideParams(
                org=self.org, by=self.by, is_automatic=False, comment=comment.strip(), now=self.now,
                decisions=[{"id": self._decision_on(pair.id), "match": pair.id, "verdict": verdict}],
            )  # fmt: skip
            changed += [row.id for row in await tx.fetch(queries.UPSERT_DECISIONS.bind(params))]
        return changed

    async def _check_may_be_one(self, tx: Transaction, pair: asking.LockedRow) -> None:
        lefts, rights = await members_of(tx, self.org, pair.left, pair.right, self.readable)
        params = asking.BetweenParams(
            org=self.org, readable=self.readable, lefts=lefts, rights=rights
        )
        rows = await tx.fetch(asking.FIND_REJECTED.bind(params))
        for row in rows:
            if row.id != pair.id:
                raise Conflict(
                    f"the match {pair.id} would make “{row.left_caption}” and “{row.right_caption}” one, which are"
                    f" held to be two: take back the match {row.id} first"
                )

    async def _check_apart(self, tx: Transaction, pair: asking.LockedRow) -> None:
        """Refuse to hold two to be two that are one by way of others."""
        if pair.state == Verdict.ACCEPTED:
            params = queries.UndoParams(ids=[pair.id], by=self.by, act="", comment="", now=self.now)
            await tx.fetch(queries.CLOSE_DECISIONS.bind(params))
        lefts, _ = await members_of(tx, self.org, pair.left, pair.right, self.readable)
        if pair.right in lefts:
            raise Conflict(
                f"the two of the match {pair.id} are one by way of others: take back what joins them first"
            )

    async def _lock(self, tx: Transaction, matches: Sequence[str]) -> list[asking.LockedRow]:
        wanted = each_once(matches, "matches")
        await hold(tx, self.org)
        rows = await self._known(tx, wanted)
        if missing := sorted({*wanted} - {row.id for row in rows}):
            raise NotFound(f"there is no match {missing[0]}")
        return rows

    async def _known(self, tx: Transaction, matches: Sequence[str]) -> list[asking.LockedRow]:
        """Those of these pairs that there are."""
        params = asking.ManyParams(org=self.org, readable=self.readable, ids=list(matches))
        return await tx.fetch(asking.LOCK_MATCHES.bind(params))

    def _decision_on(self, match: str) -> str:
        return name_id(self.org, "IdentityDecision", self.act, match)
