"""API keys: making, revoking and rotating them. A key is never wider than its user, nor than what made it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graph.errors import Conflict, InvalidQuestion, LimitExceeded, NotFound, NotPermitted
from graph.facts import MARKINGS
from graph.queries.account import (
    CLOSE_KEY,
    COUNT_OPEN_KEYS,
    FIND_KEY,
    UPSERT_KEY,
    CloseKeyParams,
    FindKeyParams,
    ListedKeyRow,
    OpenKeysParams,
    UpsertKeyParams,
)
from graph.queries.organization import GET_MEMBERSHIP, ByUserParams, MemberRow
from graph.store import Store, Transaction
from server.accounts.acting import Actor, now, within
from server.accounts.lookups import clearance_of
from server.accounts.naming import name_of
from server.auth.keys import NewKey, make_key
from server.auth.policy import Permission, granted, lowest

MOST_KEYS = 200
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True)
class Wanted:
    """What a key is to be. None narrows nothing, and never ends."""

    name: str
    scopes: Sequence[Permission] | None = None
    clearance: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """A key as it is stored, and its text, which nobody sees again."""

    key: ListedKeyRow
    text: str


async def create(store: Store, actor: Actor, wanted: Wanted, new_id: str | None = None) -> Made:
    """Make a key for oneself. One made with a narrow credential is as narrow where nothing else is said.

    With `new_id`, the same request carried out again makes no further key: the one it made gets another text, since
    nobody has seen the former. Raises InvalidQuestion, LimitExceeded; NotPermitted for scopes or a clearance beyond the
    actor's.
    """
    return await create_for(store, actor, actor.user, wanted, new_id)


async def create_for(
    store: Store, actor: Actor, user: str, wanted: Wanted, new_id: str | None = None
) -> Made:
    """As `create`, for any member where an operator asks. Raises NotFound where the user is none."""
    if not actor.is_operator and user != actor.user:
        raise NotPermitted("nobody makes a key for somebody else")
    at = now()
    if wanted.expires_at is not None and wanted.expires_at <= at:
        raise InvalidQuestion("expiresAt: a moment to come is right")

    async def work(tx: Transaction, acting: Actor) -> Made:
        acting.require(Permission.EDIT_ACCOUNT, "making a key")
        asked = OpenKeysParams(org=acting.org, user=user, now=at)
        is_full = (await tx.fetch(COUNT_OPEN_KEYS.bind(asked)))[0].total >= MOST_KEYS
        if is_full and not await _made_before(tx, acting.org, new_id):
            raise LimitExceeded(f"a member has at most {MOST_KEYS} keys; revoke one first")
        holder = await _membership(tx, acting.org, user)
        made = _narrowed(acting, holder, wanted)
        return await _write(tx, holder, made, at, new_id=new_id)

    return await within(store, actor, work)


async def revoke(store: Store, actor: Actor, key_id: str, *, of_others: bool = False) -> None:
    """End a key at once: one's own by EDIT_ACCOUNT, or (`of_others`) any of the organization by EDIT_MEMBERS.

    Raises NotFound, NotPermitted.
    """

    async def work(tx: Transaction, acting: Actor) -> None:
        needed = Permission.EDIT_MEMBERS if of_others else Permission.EDIT_ACCOUNT
        acting.require(needed, "revoking a key")
        found = await _find(tx, acting.org, key_id, None if of_others else acting.user)
        at = now()
        params = CloseKeyParams(
            org=acting.org, id=found.id, revoked_at=at, rotated_at=None, expires_at=at
        )
        await tx.fetch(CLOSE_KEY.bind(params))

    await within(store, actor, work)


async def rotate(
    store: Store,
    actor: Actor,
    key_id: str,
    overlap: timedelta = OVERLAP,
    new_id: str | None = None,
) -> Made:
    """A new key like one of one's own, which ends when `overlap` is over.

    The new one lasts as long as the former was made for. `new_id` is as in `create`. Raises NotFound, InvalidQuestion,
    Conflict for a key that has ended, NotPermitted where the key may do more than the credential that asks.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidQuestion(f"overlap: 0 hours to {LONGEST_OVERLAP.days} days")

    async def work(tx: Transaction, acting: Actor) -> Made:
        acting.require(Permission.EDIT_ACCOUNT, "rotating a key")
        owner = None if acting.is_operator else acting.user
        found = await _find(tx, acting.org, key_id, owner)
        at = now()
        is_again = await _made_before(tx, acting.org, new_id)
        has_ended = found.revoked_at or (found.expires_at and found.expires_at <= at)
        if has_ended and not is_again:
            raise Conflict("the key has ended; make a new one")
        if found.rotated_at and not is_again:
            raise Conflict("the key was rotated already, and its end is set")
        holder = await _membership(tx, acting.org, found.user)
        _check_as_wide(acting, holder, found)
        life = found.expires_at - found.created_at if found.expires_at else None
        wanted = Wanted(
            found.name, _known(found.scopes), found.clearance, at + life if life else None
        )
        ends = CloseKeyParams(
            org=acting.org, id=found.id, revoked_at=None, rotated_at=at, expires_at=at + overlap
        )
        await tx.fetch(CLOSE_KEY.bind(ends))
        return await _write(tx, holder, wanted, at, replaces=found.id, new_id=new_id)

    return await within(store, actor, work)


def _narrowed(acting: Actor, holder: MemberRow, wanted: Wanted) -> Wanted:
    """What is wanted within what the actor has: a narrow credential makes no wide key by saying nothing."""
    whole = _whole(holder)
    scopes, clearance = wanted.scopes, wanted.clearance
    if scopes is None:
        scopes = None if whole <= acting.permissions else sorted(acting.permissions)
    else:
        if not scopes:
            raise InvalidQuestion("scopes: at least one permission, or null for all of the role")
        acting.check_grant("scopes", scopes)
    if clearance is None:
        is_less = MARKINGS.index(acting.clearance) < MARKINGS.index(holder.clearance)
        clearance = acting.clearance if is_less else None
    else:
        acting.check_clearance("clearance", clearance_of(clearance))
    return Wanted(name_of(wanted.name), scopes, clearance, wanted.expires_at)


def _check_as_wide(acting: Actor, holder: MemberRow, key: ListedKeyRow) -> None:
    """Raise NotPermitted where a key may do more than the credential that asks for another like it."""
    whole = _whole(holder)
    scopes = _known(key.scopes)
    acting.check_grant("the key", whole if scopes is None else whole & frozenset(scopes))
    acting.check_clearance("the key", lowest(key.clearance, holder.clearance))


def _whole(holder: MemberRow) -> frozenset[Permission]:
    """All that a user may do in the organization."""
    return granted(holder.role, holder.own, None, is_platform_admin=holder.is_platform_admin)


def _known(scopes: Sequence[str] | None) -> list[Permission] | None:
    """Scopes as stored; names that this version does not know are left out, as when the key is used."""
    if scopes is None:
        return None
    return [Permission(each) for each in scopes if each in Permission.__members__]


async def _membership(tx: Transaction, org: str, user: str) -> MemberRow:
    rows = await tx.fetch(GET_MEMBERSHIP.bind(ByUserParams(org=org, user=user)))
    if not rows:
        raise NotFound("the user does not belong to the organization")
    return rows[0]


async def _find(tx: Transaction, org: str, key_id: str, user: str | None) -> ListedKeyRow:
    """A key by its id or prefix. Raises NotFound, Conflict where a prefix stands for several."""
    rows = await tx.fetch(FIND_KEY.bind(FindKeyParams(org=org, id=key_id, user=user)))
    if not rows:
        raise NotFound(f"there is no key {key_id}")
    if len(rows) > 1:
        raise Conflict(f"several keys begin with {key_id}; give the id")
    return rows[0]


async def _made_before(tx: Transaction, org: str, new_id: str | None) -> bool:
    """Whether a request that is carried out again has made its key before."""
    if new_id is None:
        return False
    return bool(await tx.fetch(FIND_KEY.bind(FindKeyParams(org=org, id=new_id, user=None))))


async def _write(
    tx: Transaction,
    holder: MemberRow,
    wanted: Wanted,
    at: datetime,
    *,
    replaces: str | None = None,
    new_id: str | None = None,
) -> Made:
    key: NewKey = make_key()
    params = UpsertKeyParams(
        user=holder.user,
        org=holder.org,
        key=new_id or str(uuid.uuid4()),
        prefix=key.prefix,
        hash=key.hash,
        name=wanted.name,
        scopes=None if wanted.scopes is None else sorted(wanted.scopes),
        clearance=wanted.clearance,
        expires_at=wanted.expires_at,
        replaces=replaces,
        now=at,
    )
    await tx.fetch(UPSERT_KEY.bind(params))
    return Made(await _find(tx, holder.org, params.key, holder.user), key.text)
