"""Whether the chains are as they were written: each hash anew, each row behind the one before, each end as sealed."""

from __future__ import annotations

from dataclasses import dataclass

from graph.queries import audit as queries
from graph.store import Limits, Store
from server.audit.chain import End, met
from server.audit.events import first_break
from server.audit.reading import pages
from server.vault.envelope import Sealing

BEFORE_ALL = -(2**63)
LIMITS = Limits(timeout_s=120.0)
GONE = "the head of the chain is gone"
MOST_LOOKS = 50  # at a chain that others write to meanwhile


@dataclass
class Verdict:
    """How a chain was found: how many rows, which the last one is; `problem` names the first broken link."""

    org: str
    rows: int = 0
    last: int = 0
    hash: str = ""
    problem: str = ""


async def verify(store: Store, keys: Sealing, org: str | None = None) -> list[Verdict]:
    """All chains, or one, from the first row that is kept to the last. Others may write meanwhile."""
    chains = await store.fetch(
        queries.LIST_CHAINS.bind(queries.HeadsParams(org=org)), limits=LIMITS
    )
    return [await _verify_chain(store, keys, chain.org) for chain in chains]


async def _verify_chain(store: Store, keys: Sealing, org: str) -> Verdict:
    end = await _end(store, keys, org)
    verdict = _from_anchor(org, end)
    behind = BEFORE_ALL
    for _ in range(MOST_LOOKS):
        await _follow(store, verdict, behind)
        if not verdict.problem:
            verdict.problem = _missing(verdict, end)
        later = await _end(store, keys, org)
        if later.anchor_seq != end.anchor_seq:
            # Old rows were deleted meanwhile, perhaps before they were looked at.
            end, verdict, behind = later, _from_anchor(org, later), BEFORE_ALL
            continue
        if verdict.problem or later.breaks or verdict.last >= later.seq:
            return _judged(verdict, later)
        end, behind = later, verdict.last
    return verdict


def _from_anchor(org: str, end: End) -> Verdict:
    return Verdict(org, 0, end.anchor_seq, end.anchor_hash)


async def _follow(store: Store, verdict: Verdict, behind: int) -> None:
    """Go on to the last row that is there, or to the first that is wrong."""
    async for links in pages(store, verdict.org, behind):
        verdict.problem = first_break(links, verdict.last, verdict.hash)
        if verdict.problem:
            return
        verdict.rows += len(links)
        verdict.last, verdict.hash = links[-1].seq, links[-1].hash


def _missing(verdict: Verdict, end: End) -> str:
    """What the head knew before the rows were looked at has to be there."""
    if verdict.last < end.seq:
        return (
            f"row {verdict.last + 1} is missing, and all up to row {end.seq}: the end was cut off"
        )
    return ""


def _judged(verdict: Verdict, end: End) -> Verdict:
    if end.breaks == (GONE,):
        verdict.problem = GONE
    if not verdict.problem and verdict.last > end.seq:
        verdict.problem = f"row {end.seq + 1} was put there: the chain ends with row {end.seq}"
    if not verdict.problem and verdict.last == end.seq and verdict.hash != end.hash:
        verdict.problem = f"row {end.seq} is not the one that was written: the rows were made anew"
    if not verdict.problem and end.breaks:
        verdict.problem = end.breaks[0]
    return verdict


async def _end(store: Store, keys: Sealing, org: str) -> End:
    """The end of a chain.

    A head that is written meanwhile may be read half old and half new: a break counts once it is read twice alike.
    """
    former: End | None = None
    for _ in range(MOST_LOOKS):
        rows = await store.fetch(queries.LIST_HEADS.bind(queries.HeadsParams(org=org)))
        end = met(keys, org, rows[0]) if rows else End().broken(GONE)
        if not end.breaks or (former is not None and end.breaks == former.breaks):
            return end
        former = end
    return end
