"""Finding what a change is about, inside its transaction. What is unknown or of others is NotFound, either way."""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import InvalidQuestion, NotFound
from graph.facts import MARKINGS
from graph.queries.organization import (
    FIND_TEAMS,
    GET_INVITATION,
    GET_MEMBER,
    GET_ROLE,
    IdsParams,
    InvitationRow,
    KeyedParams,
    MemberRow,
    OneParams,
    RoleRow,
)
from graph.store import Transaction
from server.auth.policy import Permission, Role, granted

MOST_TEAMS = 100


async def member(tx: Transaction, org: str, member_id: str) -> MemberRow:
    """A member. Raises NotFound."""
    rows = await tx.fetch(GET_MEMBER.bind(OneParams(org=org, id=member_id)))
    if not rows:
        raise NotFound(f"there is no member {member_id}")
    return rows[0]


async def own_role(tx: Transaction, org: str, role_id: str) -> RoleRow:
    """A role of the organization's own, by its id or name. Raises NotFound."""
    rows = await tx.fetch(GET_ROLE.bind(KeyedParams(org=org, key=role_id)))
    if not rows:
        raise NotFound(f"there is no role {role_id}")
    return rows[0]


async def invitation(tx: Transaction, org: str, invitation_id: str) -> InvitationRow:
    """An open invitation. Raises NotFound."""
    rows = await tx.fetch(GET_INVITATION.bind(KeyedParams(org=org, key=invitation_id)))
    if not rows:
        raise NotFound(f"there is no invitation {invitation_id}")
    return rows[0]


async def permissions_of_role(tx: Transaction, org: str, role: str) -> frozenset[Permission]:
    """What a role, usual or of the organization's own, allows. Raises NotFound, InvalidQuestion for OWNER."""
    if role == Role.OWNER:
        raise InvalidQuestion("role: there is one OWNER; transferOrganization names another")
    if role in Role.__members__:
        return granted(role, None, None)
    return granted(role, (await own_role(tx, org, role)).permissions, None)


async def check_teams(tx: Transaction, org: str, teams: Sequence[str]) -> list[str]:
    """The ids of these teams, each once. Raises NotFound for one that the organization has not."""
    wanted = sorted(set(teams))
    if len(wanted) > MOST_TEAMS:
        raise InvalidQuestion(f"teams: at most {MOST_TEAMS}")
    found = {row.id for row in await tx.fetch(FIND_TEAMS.bind(IdsParams(org=org, ids=wanted)))}
    if missing := [each for each in wanted if each not in found]:
        raise NotFound(f"there is no team {missing[0]}")
    return wanted


def clearance_of(word: str) -> str:
    """A clearance. Raises InvalidQuestion."""
    if word not in MARKINGS[1:]:
        raise InvalidQuestion(f"clearance: one of {', '.join(MARKINGS[1:])} is right")
    return word
