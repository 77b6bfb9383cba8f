"""Adding to a chain, and cutting its oldest rows: one small transaction under the lock of the chain's head.

The head says where the chain ends and, sealed under a master key, what it said when it was last written: whoever can
write to the database but has no master key can neither cut the end off nor write the chain anew without its being seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import orjson

from graph.errors import MirageError
from graph.queries import audit as queries
from graph.queries.hold import COUNT_HOLDS, HoldsParams
from graph.queries.organization import LOCK_ORGANIZATION, OrgParams
from graph.store import Limits, Store, Transaction
from server.audit.events import Event, Link, Phase, first_break
from server.vault.envelope import SealBroken, Sealing
from server.vault.places import place

MOST_BREAKS = 10
APPEND_LIMITS = Limits(timeout_s=5.0, retry_s=1.5)
CUT_LIMITS = Limits(timeout_s=60.0, retry_s=60.0)
CUT_AT_ONCE = 1_000


class ChainBroken(MirageError):
    """A chain of the audit is not as it was written; `mirage audit verify` says where."""

    code = "CHAIN_BROKEN"


@dataclass(frozen=True)
class End:
    """Where a chain begins and ends; what is sealed.

    `breaks` tell where the head was met otherwise than it had been left: they stay, so that nobody can have the next
    row cover up what was done.
    """

    seq: int = 0
    hash: str = ""
    anchor_seq: int = 0
    anchor_hash: str = ""
    breaks: tuple[str, ...] = ()

    def sealed(self, keys: Sealing, org: str) -> str:
        """This end under the current master key."""
        return keys.seal(orjson.dumps(asdict(self)), place("AuditHead", org=org))

    def broken(self, why: str) -> End:
        """This end, with a further break."""
        return replace(self, breaks=(*self.breaks, why)[:MOST_BREAKS])

    def is_at(self, other: End) -> bool:
        """Whether both lie at the same place."""
        return replace(self, breaks=()) == replace(other, breaks=())


def opened(keys: Sealing, org: str, sealed: str) -> End:
    """The end that was sealed. Raises SealBroken."""
    try:
        held: dict[str, Any] = orjson.loads(keys.open(sealed, place("AuditHead", org=org)))
        return End(**{**held, "breaks": tuple(held["breaks"])})
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise SealBroken("what is sealed is no end of a chain") from error


def met(keys: Sealing, org: str, head: queries.LockedRow | queries.HeadRow) -> End:
    """The end as the head tells it, with a break where that is not what was sealed."""
    said = End(head.seq, head.hash, head.anchor_seq, head.anchor_hash)
    if said == End() and not head.sealed:
        return said
    try:
        true = opened(keys, org, head.sealed)
    except SealBroken as error:
        return said.broken(f"at row {head.seq}: {error}")
    if not true.is_at(said):
        return replace(said, breaks=true.breaks).broken(
            f"the chain ended with row {true.seq} ({true.hash[:16]}), and was met ending with row {said.seq}"
        )
    return true


async def append(
    store: Store, keys: Sealing, org: str, events: Sequence[Event]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add rows in this order; ids that are there already stay as they are.

    The bookmarks of the transaction, and the breaks that the chain has. Raises StoreUnavailable.
    """

    async def work(tx: Transaction) -> tuple[str, ...]:
        asked = queries.LockParams(org=org, ids=[event.id for event in events])
        head = (await tx.fetch(queries.LOCK_HEAD.bind(asked)))[0]
        end = _behind_all(met(keys, org, head), head.beyond)
        links = _linked(end, [event for event in events if event.id not in head.known])
        if links:
            await tx.fetch(queries.UPSERT_EVENTS.bind(_appended(keys, org, end, links, events)))
        return end.breaks

    breaks, bookmarks = await store.transact(work, limits=APPEND_LIMITS)
    return bookmarks, breaks


def _behind_all(end: End, beyond: Sequence[Mapping[str, Any]]) -> End:
    """The end, moved behind rows that nobody should have written there: their places are taken."""
    if not beyond:
        return end
    last, link = int(beyond[0]["seq"]), str(beyond[0]["hash"])
    return replace(end, seq=last, hash=link).broken(
        f"behind row {end.seq}, the last one, rows up to {last} were put there"
    )


def _linked(end: End, events: Sequence[Event]) -> list[Link]:
    links: list[Link] = []
    seq, previous, seen = end.seq, end.hash, set()
    now = datetime.now(UTC)
    for event in events:
        if event.id in seen:
            continue
        seen.add(event.id)
        seq += 1
        links.append(Link.of(event, seq, now, previous))
        previous = links[-1].hash
    return links


def _appended(
    keys: Sealing, org: str, end: End, links: Sequence[Link], events: Sequence[Event]
) -> queries.AppendParams:
    last = replace(end, seq=links[-1].seq, hash=links[-1].hash)
    closed = {event.id: event.closes for event in events}
    ended = {closed[link.id] for link in links} - {""}
    return queries.AppendParams(
        org=org,
        rows=[link.stored() for link in links],
        seq=last.seq,
        hash=last.hash,
        sealed=last.sealed(keys, org),
        key_version=keys.current,
        opened=[
            {"id": link.id, "at": link.at}
            for link in links
            if link.phase == Phase.BEFORE and link.id not in ended
        ],
        closed=sorted(ended),
    )


async def cut(store: Store, keys: Sealing, org: str, before: datetime) -> int:
    """Delete the oldest rows of a chain, those before a moment, a thousand at most; how many. None under legal hold.

    The last row stays, whatever its age: a chain that is there is never empty. Raises ChainBroken where what was to
    be deleted is not what was written: deleting it would hide that.
    """

    async def work(tx: Transaction) -> int:
        # A hold is set under this lock: once it stands, nothing goes.
        await tx.fetch(LOCK_ORGANIZATION.bind(OrgParams(org=org)))
        if (await tx.fetch(COUNT_HOLDS.bind(HoldsParams(org=org, standing=True))))[0].total:
            return 0
        head = (await tx.fetch(queries.LOCK_HEAD.bind(queries.LockParams(org=org, ids=[]))))[0]
        end = met(keys, org, head)
        asked = queries.PageParams(org=org, behind=end.anchor_seq, limit=CUT_AT_ONCE)
        rows = await tx.fetch(queries.LIST_ROWS.bind(asked))
        links = [Link.read(row.properties) for row in rows]
        old = list(takewhile(lambda link: link.at < before and link.seq < end.seq, links))
        if not old:
            return 0
        if wrong := first_break(old, end.anchor_seq, end.anchor_hash):
            raise ChainBroken(f"nothing is deleted of a chain that is broken: {wrong}")
        kept = replace(end, anchor_seq=old[-1].seq, anchor_hash=old[-1].hash)
        params = queries.DeleteParams(
            org=org,
            anchor_seq=kept.anchor_seq,
            anchor_hash=kept.anchor_hash,
            sealed=kept.sealed(keys, org),
            key_version=keys.current,
        )
        return (await tx.fetch(queries.DELETE_EVENTS.bind(params)))[0].deleted

    deleted, _ = await store.transact(work, limits=CUT_LIMITS)
    return deleted
