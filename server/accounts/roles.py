"""Roles of an organization's own: sets of permissions under a name. They never hold what is reserved."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from graph.errors import Conflict, InvalidQuestion, LimitExceeded
from graph.queries.organization import (
    COUNT_ROLES,
    DELETE_ROLE,
    GET_ROLE,
    UPSERT_ROLE,
    KeyedParams,
    OneParams,
    OrgParams,
    RoleParams,
    RoleRow,
)
from graph.store import Store, Transaction
from server.accounts import lookups
from server.accounts.acting import Actor, now, within
from server.accounts.naming import role_name_of
from server.auth.policy import RESERVED, Permission, granted

MOST_ROLES = 200


async def create(
    store: Store,
    actor: Actor,
    name: str,
    permissions: Iterable[Permission],
    new_id: str | None = None,
) -> RoleRow:
    """Make a role; made again by the same `new_id`, it is the same.

    Raises InvalidQuestion, Conflict for a name that is taken, NotPermitted for what the actor has not.
    """
    called, allowed = role_name_of(name), _checked(permissions)

    async def work(tx: Transaction, acting: Actor) -> RoleRow:
        acting.require(Permission.EDIT_ORGANIZATION, "making a role")
        if new_id and (
            made := await tx.fetch(GET_ROLE.bind(KeyedParams(org=acting.org, key=new_id)))
        ):
            return made[0]
        counted = await tx.fetch(COUNT_ROLES.bind(OrgParams(org=acting.org)))
        if counted[0].total >= MOST_ROLES:
            raise LimitExceeded(f"an organization has at most {MOST_ROLES} roles of its own")
        if await tx.fetch(GET_ROLE.bind(KeyedParams(org=acting.org, key=called))):
            raise Conflict(f"there is a role {called} already")
        acting.check_grant("permissions", allowed)
        return await _write(tx, acting.org, new_id or str(uuid.uuid4()), called, allowed)

    return await within(store, actor, work)


async def change(
    store: Store, actor: Actor, role_id: str, permissions: Iterable[Permission]
) -> RoleRow:
    """Set what a role allows, for all who have it.

    Raises NotFound, InvalidQuestion, NotPermitted for what neither the role had nor the actor has.
    """
    allowed = _checked(permissions)

    async def work(tx: Transaction, acting: Actor) -> RoleRow:
        acting.require(Permission.EDIT_ORGANIZATION, "changing a role")
        found = await lookups.own_role(tx, acting.org, role_id)
        acting.check_grant("permissions", allowed, granted(found.name, found.permissions, None))
        return await _write(tx, acting.org, found.id, found.name, allowed)

    return await within(store, actor, work)


async def delete(store: Store, actor: Actor, role_id: str) -> None:
    """Take a role away. Raises NotFound, NotPermitted, Conflict while somebody has it or was offered it."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_ORGANIZATION, "taking a role away")
        found = await lookups.own_role(tx, acting.org, role_id)
        if found.uses:
            raise Conflict(
                f"{found.uses} members or invitations have the role {found.name}; give them another first"
            )
        await tx.fetch(DELETE_ROLE.bind(OneParams(org=acting.org, id=found.id)))

    await within(store, actor, work)


def _checked(permissions: Iterable[Permission]) -> frozenset[Permission]:
    allowed = frozenset(permissions)
    if reserved := sorted(allowed & RESERVED):
        raise InvalidQuestion(f"permissions: no role can be made with {', '.join(reserved)}")
    if not allowed:
        raise InvalidQuestion("permissions: at least one")
    return allowed


async def _write(
    tx: Transaction, org: str, role_id: str, name: str, allowed: frozenset[Permission]
) -> RoleRow:
    params = RoleParams(org=org, id=role_id, name=name, permissions=sorted(allowed), now=now())
    await tx.fetch(UPSERT_ROLE.bind(params))
    return await lookups.own_role(tx, org, role_id)
