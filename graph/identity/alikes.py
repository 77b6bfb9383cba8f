"""Keeps up to date which domain names look like one's own: a relation, never an identity.

What a write touched is held against one's own names, and a name that has become one's own against all there are. The
relationship is no fact: it follows from two names and from whose they are, and a fact would hold its ends in the graph
after every source has said that they are gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graph.correlate.anchors import Touched
from graph.correlate.outbox import leave_touched
from graph.correlate.subjects import read_page
from graph.identity import gathering
from graph.identity.comparing import hold
from graph.match.blocking import HUB
from graph.match.lookalike import Way, embedded_keys, look_alike, look_alike_keys
from graph.match.profile import Profile
from graph.model.base import name_id
from graph.model.values.domain import registration_of
from graph.queries import lookalike as queries
from graph.queries import matching
from graph.store import Limits, Store, Transaction
from graph.tracing import noted, spanned

KIND = "DomainName"
TYPE = "SIMILAR_TO"
FORM = "1"
"""Of keys and ways: counted up when either changes, so that all names are looked at again."""
CHUNK = 500  # names looked at in one transaction
MOST_ORIGINALS = 20  # that a name is held against
WRITE_LIMITS = Limits(timeout_s=120.0, retry_s=120.0)
_SOUGHT = "sought"  # instead of FORM, while all other names have not been held against one's own


@dataclass
class Looked:
    """How many names were looked at, how many were newly found to look like one's own, and the ends of what changed."""

    names: int = 0
    found: int = 0
    changed: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class LookAlikes:
    """Looks in one database; safe to use at once and in many processes."""

    store: Store

    async def compare(self, org: str, touched: Touched, now: datetime) -> Looked:
        """Look at the names that a write touched; of what that changes the write log tells as of a write."""
        done = Looked()
        await self._look_and_search(org, sorted(touched.but(TYPE).ids), now, done)
        return done

    async def catch_up(self, org: str, now: datetime) -> Looked:
        """Look at all names where keys or ways are others than the last time, else whether one's own still are.

        A run that is removed takes names out of what is one's own, and touches none of them.
        """
        done = Looked()
        desk = name_id(org, "LookAlikeDesk")
        params = matching.DeskIdParams(id=desk)
        known = await self.store.fetch_one(matching.GET_DESK.bind(params))
        if known is not None and known.basis == FORM:
            likened = queries.LIST_LIKENED.bind(queries.OrgParams(org=org))
            ids = sorted(row.id for row in await self.store.fetch(likened))
            await self._look_and_search(org, ids, now, done)
            return done
        fresh: dict[str, str] = {}
        async for page in _pages(self.store, org):
            fresh |= await self._look(org, [each for each, _ in page], now, done)
        await self._search_all(org, fresh, now, done)
        basis = matching.BasisParams(id=desk, org=org, basis=FORM)
        await self.store.fetch(matching.UPSERT_BASIS.bind(basis))
        return done

    async def _look_and_search(
        self, org: str, ids: Sequence[str], now: datetime, done: Looked
    ) -> None:
        await self._search_all(org, await self._look(org, ids, now, done), now, done)

    async def _look(
        self, org: str, ids: Sequence[str], now: datetime, done: Looked
    ) -> dict[str, str]:
        """Look at names; gives those (by id) that are one's own, and that no other was held against yet."""
        fresh: dict[str, str] = {}
        for first in range(0, len(ids), CHUNK):
            some = ids[first : first + CHUNK]
            params = queries.NamesParams(org=org, ids=list(some))
            if not await self.store.fetch(queries.LIST_NAMES.bind(params)):
                continue  # nobody is kept waiting for what is no name
            one = _Look(org, now, some)
            with spanned("look alikes", {"mirage.entities": len(some)}):
                await self.store.transact(one.carry_out, limits=WRITE_LIMITS)
                noted({"mirage.pairs": one.found})
            done.names += one.looked_at
            done.found += one.found
            done.changed |= one.changed
            fresh |= one.fresh
        return fresh

    async def _search_all(
        self, org: str, fresh: Mapping[str, str], now: datetime, done: Looked
    ) -> None:
        """Search for all; what is met on the way may be one's own since nobody has looked."""
        while fresh:
            fresh = await self._search(org, fresh, now, done)

    async def _search(
        self, org: str, fresh: Mapping[str, str], now: datetime, done: Looked
    ) -> dict[str, str]:
        """Look at all names that may look like some (by id) that have become one's own; gives further such."""
        more: dict[str, str] = {}
        sought = frozenset().union(*map(look_alike_keys, fresh.values()))
        async for page in _pages(self.store, org):
            near = [id_ for id_, name in page if not sought.isdisjoint(_keys_of(name))]
            more |= await self._look(org, [each for each in near if each not in fresh], now, done)
        found = [_profile_of(org, id_, name, FORM) for id_, name in fresh.items()]
        params = matching.ProfilesParams(org=org, profiles=found)
        await self.store.fetch(matching.UPSERT_PROFILES.bind(params))
        return more


class _Look:
    """One transaction's work. `carry_out` may run again from its start: it begins with nothing counted."""

    def __init__(self, org: str, now: datetime, ids: Sequence[str]) -> None:
        self._org, self._now, self._ids = org, now, ids
        self.fresh: dict[str, str] = {}  # names by id that have become one's own
        self.changed: frozenset[str] = frozenset()
        self.looked_at = self.found = 0

    async def carry_out(self, tx: Transaction) -> None:
        """Look; what changed is written."""
        self.found = 0
        await hold(tx, self._org)
        params = queries.NamesParams(org=self._org, ids=list(self._ids))
        rows = await tx.fetch(queries.LIST_NAMES.bind(params))
        own = {row.id: row.name for row in rows if row.holds and row.is_own}
        others = {row.id: row.name for row in rows if row.holds and not row.is_own}
        self.looked_at = len(rows)
        over = {
            (other, of)
            for row in rows
            for other, of in row.alike
            if (row.id == other and row.id not in others) or (row.id == of and row.id not in own)
        }
        if over:
            await tx.fetch(queries.UNLINK_ALIKE.bind(queries.UnlinkParams(pairs=sorted(over))))
        self.fresh = await self._keep(tx, own, [row.id for row in rows if row.id not in own])
        known = {pair for row in rows for pair in row.alike} - over
        made = [
            each
            for each in await self._found(tx, others)
            if (each["other"], each["of"]) not in known
        ]
        if made:
            alike = queries.AlikeParams(org=self._org, now=self._now, rows=made)
            self.found = len(await tx.fetch(queries.UPSERT_ALIKE.bind(alike)))
        self.changed = frozenset().union(*over, *((each["other"], each["of"]) for each in made))
        if self.changed:
            touched = Touched(frozenset(), {TYPE: self.changed})
            await leave_touched(tx, self._org, self._now, touched)

    async def _keep(
        self, tx: Transaction, own: Mapping[str, str], others: Sequence[str]
    ) -> dict[str, str]:
        """Keep the keys of one's own names; gives those that no other was held against yet."""
        ids = matching.IdsParams(ids=[*own, *others])
        row = await tx.fetch(matching.LIST_PROFILES.bind(ids))
        digests = {id_: digest for each in row for id_, digest, _ in each.profiles}
        if past := sorted(digests.keys() - own.keys()):
            await tx.fetch(matching.DELETE_PROFILES.bind(matching.IdsParams(ids=past)))
        fresh = {id_: name for id_, name in own.items() if digests.get(id_) != FORM}
        if fresh:
            found = [_profile_of(self._org, id_, name, _SOUGHT) for id_, name in fresh.items()]
            params = matching.ProfilesParams(org=self._org, profiles=found)
            await tx.fetch(matching.UPSERT_PROFILES.bind(params))
        return fresh

    async def _found(self, tx: Transaction, others: Mapping[str, str]) -> list[queries.AlikeRecord]:
        """Which of these (names by id) look like which of one's own."""
        sought: list[matching.SoughtRecord] = [
            {"id": id_, "kinds": [KIND], "keys": [each["id"] for each in _records(self._org, keys)]}
            for id_, name in others.items()
            if (keys := _keys_of(name))
        ]
        if not sought:
            return []
        params = matching.CandidatesParams(profiles=sought, hub=HUB, most=MOST_ORIGINALS)
        near = {
            row.id: row.candidates for row in await tx.fetch(matching.FIND_CANDIDATES.bind(params))
        }
        names = await _names_of(tx, {each for found in near.values() for each in found})
        return [
            made
            for other, found in near.items()
            for of in found
            if (made := _record(self._org, (of, names[of]), (other, others[other])))
        ]


async def _pages(store: Store, org: str) -> AsyncIterator[list[tuple[str, str]]]:
    """All domain names of an organization: id and name of each, a page at a time."""
    after = ""
    while page := await read_page(store, org, KIND, after):
        yield page
        after = page[-1][1]


async def _names_of(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    rows = await tx.fetch(matching.LIST_PROFILES.bind(matching.IdsParams(ids=sorted(ids))))
    return {
        id_: gathering.from_json(text).names[0] for row in rows for id_, _, text in row.profiles
    }


def _keys_of(name: str) -> frozenset[str]:
    """By which keys a name is held against one's own; few have any that are not registered as such."""
    return look_alike_keys(name) if _is_registered(name) else embedded_keys(name)


def _is_registered(name: str) -> bool:
    """Whether it is a name that somebody registered as such, not one below."""
    return registration_of(name).registrable == name


def _records(org: str, keys: Iterable[str]) -> list[matching.KeyRecord]:
    """Keys as they are kept, apart from those of identities."""
    named = [f"look:{key}" for key in sorted(keys)]
    return [{"id": name_id(org, "MatchKey", each), "key": each} for each in named]


def _profile_of(org: str, id_: str, name: str, digest: str) -> matching.ProfileRecord:
    text = gathering.to_json(Profile(kind=KIND, id=id_, names=(name,)))
    keys = _records(org, look_alike_keys(name))
    return {"id": id_, "kind": KIND, "digest": digest, "profile": text, "keys": keys}


def _record(org: str, own: tuple[str, str], other: tuple[str, str]) -> queries.AlikeRecord | None:
    """How a name looks like one's own; each is its id and the name. None where it does not.

    Names below a look-alike are not told again: of them only what stands before what was registered counts.
    """
    (of, original), (id_, name) = own, other
    ways = frozenset(Way) if _is_registered(name) else frozenset({Way.EMBEDDED})
    found = look_alike(original, name, ways)
    if found is None:
        return None
    return {
        "id": name_id(org, TYPE, id_, of), "of": of, "other": id_,
        "ways": [way.value for way in found.ways], "score": round(found.score, 3), "reason": found.reason,
    }  # fmt: skip
