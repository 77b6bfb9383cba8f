"""Organizations: making, renaming, suspending, deleting and restoring them.

A deleted organization is closed at once, and kept for a grace period in which it can be restored as it was; then it is
removed for good (`server.accounts.purge`).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.model.base import name_id
from graph.queries.organization import (
    GET_ORGANIZATION,
    UPSERT_ORGANIZATION,
    UPSERT_ORGANIZATION_STATE,
    LockedRow,
    OrganizationRow,
    OrganizationStateParams,
    OrgParams,
    UpsertOrganizationParams,
)
from graph.store import Store, Transaction
from server.accounts import holds, users
from server.accounts.acting import Actor, lock, now, within
from server.accounts.naming import name_of
from server.auth.policy import Permission

GRACE = timedelta(days=30)


async def create(store: Store, name: str, owner: str, new_id: str | None = None) -> str:
    """Make an organization for the user with the e-mail address `owner`, and give its id.

    Made again by the same `new_id`, it is the same. Raises InvalidQuestion, Refused; NotFound where no user has the
    address.
    """
    called = name_of(name)
    user = await users.get(store, owner)
    org = new_id or str(uuid.uuid4())
    membership = name_id(org, "Membership", user.id)
    params = UpsertOrganizationParams(
        org=org, name=called, user=user.id, membership=membership, now=now()
    )
    await store.fetch(UPSERT_ORGANIZATION.bind(params))
    return params.org


async def get(store: Store, org: str) -> OrganizationRow:
    """An organization. Raises NotFound."""
    found = await store.fetch_one(GET_ORGANIZATION.bind(OrgParams(org=org)))
    if found is None:
        raise NotFound(f"there is no organization {org}")
    return found


async def rename(store: Store, actor: Actor, name: str) -> None:
    """Call the organization something else. Raises InvalidQuestion, NotFound, NotPermitted."""
    called = name_of(name)

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_ORGANIZATION, "renaming the organization")
        found = await lock(tx, acting.org)
        await _write(tx, found.model_copy(update={"name": called}))

    await within(store, actor, work)


async def suspend(store: Store, org: str) -> None:
    """Close an organization until it is restored. Raises NotFound, also where it was deleted."""

    async def work(tx: Transaction) -> None:
        found = await lock(tx, org)
        if found.deleted_at is not None:
            raise NotFound(f"there is no organization {org}")
        since = found.suspended_at or now()
        await _write(tx, found.model_copy(update={"suspended_at": since}))

    await store.transact(work)


async def delete(store: Store, actor: Actor, name: str) -> datetime:
    """Close the organization and have it removed when the grace period is over; gives that moment.

    `name` is its name, so that nobody deletes another one than they mean. Raises InvalidQuestion, NotFound,
    NotPermitted, OnLegalHold.
    """

    async def work(tx: Transaction, acting: Actor) -> datetime:
        acting.require(Permission.OWN_ORGANIZATION, "deleting the organization")
        found = await lock(tx, acting.org)
        if found.name != name:
            raise InvalidQuestion("name: the organization's name as it is written is right")
        await holds.check_none(tx, acting.org, "the organization is not deleted")
        at = now()
        await _write(tx, found.model_copy(update={"deleted_at": at}))
        return at + GRACE

    return await within(store, actor, work)


async def restore(store: Store, org: str) -> None:
    """Open an organization that was suspended or deleted, with all that it had.

    Raises NotFound; Conflict where it is being removed for good.
    """

    async def work(tx: Transaction) -> None:
        found = await lock(tx, org)
        if found.purging_at is not None:
            raise Conflict("the organization is being removed for good; it cannot be restored")
        await _write(tx, found.model_copy(update={"suspended_at": None, "deleted_at": None}))

    await store.transact(work)


async def begin_purge(store: Store, org: str) -> None:
    """Mark an organization as being removed for good: from then on it cannot be restored.

    Raises NotFound; Conflict where it was not deleted, or its grace period is not over; OnLegalHold.
    """

    async def work(tx: Transaction) -> None:
        found = await lock(tx, org)
        at = now()
        if found.deleted_at is None:
            raise Conflict("only an organization that was deleted is removed for good")
        if found.deleted_at > at - GRACE:
            raise Conflict(f"the grace period ends {found.deleted_at + GRACE:%Y-%m-%d %H:%M} UTC")
        if found.purging_at is None:
            await holds.check_none(tx, org, "the organization is not removed")
        await _write(tx, found.model_copy(update={"purging_at": found.purging_at or at}))

    await store.transact(work)


async def _write(tx: Transaction, state: LockedRow) -> None:
    params = OrganizationStateParams(
        org=state.id,
        name=state.name,
        suspended_at=state.suspended_at,
        deleted_at=state.deleted_at,
        purging_at=state.purging_at,
    )
    await tx.fetch(UPSERT_ORGANIZATION_STATE.bind(params))
