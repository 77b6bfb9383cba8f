"""Who belongs to an organization: changing, suspending and removing members. There is one OWNER at every moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import Conflict, InvalidQuestion, NotPermitted
from graph.queries.organization import (
    DELETE_MEMBER,
    GET_MEMBERSHIP,
    LINK_MEMBER_TEAMS,
    UPSERT_MEMBER,
    ByUserParams,
    EndParams,
    MemberRow,
    MemberStateParams,
    MemberTeamsParams,
)
from graph.store import Store, Transaction
from server.accounts import lookups
from server.accounts.acting import MOST, Actor, grants_of, now, within
from server.auth.policy import Permission, Role


@dataclass(frozen=True)
class MemberChange:
    """What is to be different; None leaves it as it is. `teams` are all the teams, by id."""

    role: str | None = None
    clearance: str | None = None
    teams: Sequence[str] | None = None


async def change(store: Store, actor: Actor, member_id: str, wanted: MemberChange) -> None:
    """Give a member another role, clearance or teams.

    Raises NotFound, InvalidQuestion; NotPermitted where that gives more than the actor may; Conflict for the OWNER.
    """

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_MEMBERS, "changing a member")
        found = await lookups.member(tx, acting.org, member_id)
        role, clearance = wanted.role or found.role, wanted.clearance or found.clearance
        if role != found.role:
            _check_not_owner(found, "get another role")
            allowed = await lookups.permissions_of_role(tx, acting.org, role)
            # Managing members is no way to what one may not do oneself.
            is_oneself = found.user == acting.user
            check = acting.check_grant if is_oneself else acting.check_appointment
            check("role", allowed, grants_of(found))
        if lookups.clearance_of(clearance) != found.clearance:
            _check_not_owner(found, "get another clearance")
            acting.check_clearance("clearance", clearance, found.clearance)
        await _set(tx, acting.org, found, role=role, clearance=clearance)
        if wanted.teams is not None:
            teams = await lookups.check_teams(tx, acting.org, wanted.teams)
            params = MemberTeamsParams(org=acting.org, id=found.id, teams=teams)
            await tx.fetch(LINK_MEMBER_TEAMS.bind(params))

    await within(store, actor, work)


async def suspend(store: Store, actor: Actor, member_id: str, *, is_suspended: bool) -> None:
    """Suspend a membership, or end that. Raises NotFound, NotPermitted, Conflict for the OWNER and for oneself."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_MEMBERS, "suspending a member")
        found = await lookups.member(tx, acting.org, member_id)
        _check_not_owner(found, "be suspended")
        if found.user == acting.user:
            raise Conflict("nobody suspends themselves; leaveOrganization is there")
        since = (found.suspended_at or now()) if is_suspended else None
        params = MemberStateParams(
            org=acting.org,
            id=found.id,
            role=found.role,
            clearance=found.clearance,
            suspended_at=since,
        )
        await tx.fetch(UPSERT_MEMBER.bind(params))

    await within(store, actor, work)


async def remove(store: Store, actor: Actor, member_id: str) -> None:
    """Take a member out; their keys of the organization end. Raises NotFound, NotPermitted, Conflict for the OWNER."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_MEMBERS, "removing a member")
        await _take_out(tx, acting.org, await lookups.member(tx, acting.org, member_id))

    await within(store, actor, work)


async def leave(store: Store, actor: Actor) -> None:
    """Leave the organization that one acts in. Raises NotPermitted, Conflict for the OWNER."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_ACCOUNT, "leaving")
        await _take_out(tx, acting.org, await _oneself(tx, acting))

    await within(store, actor, work)


async def transfer(store: Store, actor: Actor, member_id: str) -> None:
    """Hand the organization to another member; the former OWNER becomes ADMIN, at once.

    Raises NotFound, NotPermitted where the actor is not the OWNER, Conflict where the member is suspended.
    """

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.OWN_ORGANIZATION, "handing the organization over")
        former = await _oneself(tx, acting)
        if former.role != Role.OWNER:
            raise NotPermitted("only the OWNER hands the organization over")
        found = await lookups.member(tx, acting.org, member_id)
        if found.id == former.id:
            raise InvalidQuestion("member: another member is right; you are the OWNER already")
        if found.suspended_at is not None or found.is_user_suspended:
            raise Conflict("the member is suspended; an OWNER has to be able to enter")
        await _set(tx, acting.org, former, role=Role.ADMIN, clearance=former.clearance)
        await _set(tx, acting.org, found, role=Role.OWNER, clearance=MOST)

    await within(store, actor, work)


async def _oneself(tx: Transaction, acting: Actor) -> MemberRow:
    rows = await tx.fetch(GET_MEMBERSHIP.bind(ByUserParams(org=acting.org, user=acting.user)))
    if not rows:
        raise NotPermitted("you do not belong to the organization")
    return rows[0]


async def _set(tx: Transaction, org: str, found: MemberRow, *, role: str, clearance: str) -> None:
    params = MemberStateParams(
        org=org, id=found.id, role=role, clearance=clearance, suspended_at=found.suspended_at
    )
    await tx.fetch(UPSERT_MEMBER.bind(params))


async def _take_out(tx: Transaction, org: str, found: MemberRow) -> None:
    _check_not_owner(found, "leave")
    await tx.fetch(DELETE_MEMBER.bind(EndParams(org=org, id=found.id, now=now())))


def _check_not_owner(found: MemberRow, what: str) -> None:
    if found.role == Role.OWNER:
        raise Conflict(
            f"the OWNER cannot {what}; transferOrganization names another member as OWNER first"
        )
