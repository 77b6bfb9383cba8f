"""Teams of an organization: names for groups of its members."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from graph.errors import Conflict, LimitExceeded, NotFound
from graph.queries.organization import (
    COUNT_TEAMS,
    DELETE_TEAM,
    FIND_MEMBERS,
    GET_TEAM,
    UPSERT_TEAM,
    IdsParams,
    KeyedParams,
    OneParams,
    OrgParams,
    TeamParams,
    TeamRow,
)
from graph.store import Store, Transaction
from server.accounts.acting import Actor, now, within
from server.accounts.naming import name_of
from server.auth.policy import Permission

MOST_TEAMS = 1_000
MOST_AT_ONCE = 500


async def create(
    store: Store,
    actor: Actor,
    name: str,
    members: Sequence[str] = (),
    new_id: str | None = None,
) -> TeamRow:
    """Make a team of these members, by the ids of their memberships; made again by the same `new_id`, it is the same.

    Raises InvalidQuestion, NotFound, NotPermitted, Conflict for a name that is taken.
    """
    called = name_of(name)

    async def work(tx: Transaction, acting: Actor) -> TeamRow:
        acting.require(Permission.EDIT_MEMBERS, "making a team")
        if new_id and (
            made := await tx.fetch(GET_TEAM.bind(KeyedParams(org=acting.org, key=new_id)))
        ):
            return made[0]
        counted = await tx.fetch(COUNT_TEAMS.bind(OrgParams(org=acting.org)))
        if counted[0].total >= MOST_TEAMS:
            raise LimitExceeded(f"an organization has at most {MOST_TEAMS} teams")
        await _check_name(tx, acting.org, called)
        return await _write(tx, acting.org, new_id or str(uuid.uuid4()), called, (members, ()))

    return await within(store, actor, work)


async def change(
    store: Store,
    actor: Actor,
    team_id: str,
    name: str | None,
    changes: tuple[Sequence[str], Sequence[str]],
) -> TeamRow:
    """Rename a team (None keeps the name), and let members join and leave it: `changes` are both, in this order.

    Raises InvalidQuestion, NotFound, NotPermitted, Conflict for a name that is taken.
    """
    called = None if name is None else name_of(name)

    async def work(tx: Transaction, acting: Actor) -> TeamRow:
        acting.require(Permission.EDIT_MEMBERS, "changing a team")
        found = await tx.fetch(GET_TEAM.bind(KeyedParams(org=acting.org, key=team_id)))
        if not found:
            raise NotFound(f"there is no team {team_id}")
        if called is not None and called != found[0].name:
            await _check_name(tx, acting.org, called)
        return await _write(tx, acting.org, found[0].id, called or found[0].name, changes)

    return await within(store, actor, work)


async def delete(store: Store, actor: Actor, team_id: str) -> None:
    """Take a team away; its members stay members. Raises NotFound, NotPermitted."""

    async def work(tx: Transaction, acting: Actor) -> None:
        acting.require(Permission.EDIT_MEMBERS, "taking a team away")
        if not await tx.fetch(DELETE_TEAM.bind(OneParams(org=acting.org, id=team_id))):
            raise NotFound(f"there is no team {team_id}")

    await within(store, actor, work)


async def _check_name(tx: Transaction, org: str, name: str) -> None:
    if await tx.fetch(GET_TEAM.bind(KeyedParams(org=org, key=name))):
        raise Conflict(f"there is a team {name} already")


async def _write(
    tx: Transaction,
    org: str,
    team_id: str,
    name: str,
    changes: tuple[Sequence[str], Sequence[str]],
) -> TeamRow:
    add, remove = (sorted(set(ids)) for ids in changes)
    if len(add) + len(remove) > MOST_AT_ONCE:
        raise LimitExceeded(f"members: at most {MOST_AT_ONCE} at once")
    rows = await tx.fetch(FIND_MEMBERS.bind(IdsParams(org=org, ids=[*add, *remove])))
    if missing := {*add, *remove} - {row.id for row in rows}:
        raise NotFound(f"there is no member {min(missing)}")
    params = TeamParams(org=org, id=team_id, name=name, add=add, remove=remove, now=now())
    return (await tx.fetch(UPSERT_TEAM.bind(params)))[0]
