"""Legal holds: while one stands, nothing of an organization is deleted, whoever asks for it and however old it is.

There may be several at a time, each with its reason; each is lifted by itself. A hold that was lifted stays on record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.queries.hold import (
    CLOSE_HOLD,
    LIST_HOLDS,
    UPSERT_HOLD,
    HoldPageParams,
    HoldParams,
    HoldRow,
)
from graph.store import Store, Transaction
from server.accounts.acting import Actor, lock, now, within
from server.auth.policy import Permission

LONGEST_REASON = 1_000
OPERATOR = "operator"
NAMED = 3  # holds that an error tells of

_Work = Callable[[Transaction, Actor], Awaitable[HoldRow]]


class OnLegalHold(Conflict):
    """The organization is under legal hold: what would be deleted stays until that is lifted."""

    code = "ON_LEGAL_HOLD"


async def place(store: Store, actor: Actor, reason: str, new_id: str) -> HoldRow:
    """Set a hold; made again by the same `new_id`, it is the same.

    An operator may do so also where the organization is closed. Raises InvalidQuestion, NotPermitted, NotFound;
    Conflict where the organization is being removed already.
    """
    why = _reason(reason)

    async def work(tx: Transaction, acting: Actor) -> HoldRow:
        acting.require(Permission.HOLD_RECORDS, "setting a legal hold")
        await tx.fetch(UPSERT_HOLD.bind(_params(acting, new_id, why)))
        return await _one(tx, acting.org, new_id)

    return await _within(store, actor, work)


async def lift(store: Store, actor: Actor, hold: str, reason: str) -> HoldRow:
    """Lift a hold. Raises InvalidQuestion, NotPermitted, NotFound; Conflict where it was lifted otherwise."""
    why = _reason(reason)

    async def work(tx: Transaction, acting: Actor) -> HoldRow:
        acting.require(Permission.HOLD_RECORDS, "lifting a legal hold")
        params = _params(acting, hold, why)
        done = await tx.fetch(CLOSE_HOLD.bind(params))
        found = await _one(tx, acting.org, hold)
        is_same = (found.lifted_by, found.lift_reason) == (params.by, params.reason)
        if not done and not is_same:
            raise Conflict(f"the hold was lifted {found.lifted_at:%Y-%m-%d %H:%M} UTC")
        return found

    return await _within(store, actor, work)


async def standing(reader: Store | Transaction, org: str) -> Sequence[HoldRow]:
    """The holds that stand, latest set first.

    In a transaction that has the organization's lock none is set meanwhile.
    """
    return await reader.fetch(LIST_HOLDS.bind(_page(org, None, is_standing=True)))


async def check_none(tx: Transaction, org: str, what: str) -> None:
    """Raise OnLegalHold, naming `what` is not done and who set the hold, while one stands."""
    if found := await standing(tx, org):
        told = "; ".join(
            f"{each.id}, set by {each.set_by_name} on {each.set_at:%Y-%m-%d %H:%M} UTC"
            for each in found[:NAMED]
        )
        more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise OnLegalHold(
            f"{what}: the organization is under legal hold ({told}{more}); it is possible once that is lifted"
        )


async def _within(store: Store, actor: Actor, work: _Work) -> HoldRow:
    if not actor.is_operator:
        return await within(store, actor, work)

    async def run(tx: Transaction) -> HoldRow:
        found = await lock(tx, actor.org)
        if found.purging_at is not None:
            raise Conflict("the organization is being removed for good; nothing can hold it back")
        return await work(tx, actor)

    done, _ = await store.transact(run)
    return done


async def _one(tx: Transaction, org: str, hold: str) -> HoldRow:
    rows = await tx.fetch(LIST_HOLDS.bind(_page(org, hold, is_standing=False)))
    if not rows:
        raise NotFound(f"there is no legal hold {hold[:100]}")
    return rows[0]


def _page(org: str, hold: str | None, *, is_standing: bool) -> HoldPageParams:
    return HoldPageParams(
        org=org, id=hold, standing=is_standing, behind=None, behind_id="", limit=500
    )


def _params(actor: Actor, hold: str, reason: str) -> HoldParams:
    by = OPERATOR if actor.is_operator else actor.user
    return HoldParams(org=actor.org, id=hold, reason=reason, by=by, at=now())


def _reason(text: str) -> str:
    why = text.strip()
    if not 1 <= len(why) <= LONGEST_REASON:
        raise InvalidQuestion(f"reason: 1 to {LONGEST_REASON} characters are right")
    return why
