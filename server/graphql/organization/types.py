"""What an organization is made of in the schema: members, teams, roles, invitations."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graph.errors import NotFound
from graph.queries import organization as queries
from graph.queries.organization import (
    InvitationRow,
    MemberRow,
    RoleRow,
    TeamRow,
)
from graph.select.cursors import Order
from server.auth.policy import GRANTS, Permission, granted
from server.graphql.account.types import ApiKey, list_keys
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import requires


@strawberry.type(description="A group of members, under a name.")
@requires(Permission.READ_MEMBERS)
class Team:
    """A group of members."""

    id: strawberry.ID = strawberry.field(description="The team's id.")
    name: str = strawberry.field(description="What it is called.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: TeamRow) -> Team:
        """A stored team as an object of the schema."""
        return cls(id=strawberry.ID(row.id), name=row.name, created_at=row.created_at)

    @documented()
    async def members(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Member]:
        """Who is on it, the longest in the organization first."""
        return await list_members(info.context, first, after, self.id)


@strawberry.type(description="Somebody who belongs to the organization.")
@requires(Permission.READ_MEMBERS)
class Member:
    """Somebody who belongs to the organization."""

    id: strawberry.ID = strawberry.field(description="The member's id, in this organization.")
    email: str = strawberry.field(description="The member's e-mail address.")
    name: str | None = strawberry.field(
        description="What the member is called; null where nobody said."
    )
    role: str = strawberry.field(description="OWNER, ADMIN, … or a role of the organization's own.")
    permissions: list[Permission] = strawberry.field(
        description="What the role allows, in alphabetical order."
    )
    clearance: Marking = strawberry.field(
        description="The strictest marking that the member may read."
    )
    since: datetime = strawberry.field(description="When the member came in.")
    suspended_at: datetime | None = strawberry.field(
        description="Since when the membership is suspended; null if it is not."
    )
    team_ids: strawberry.Private[list[str]]

    @classmethod
    def of(cls, row: MemberRow) -> Member:
        """A stored member as an object of the schema."""
        return cls(
            id=strawberry.ID(row.id),
            email=row.email,
            name=row.name,
            role=row.role,
            permissions=sorted(granted(row.role, row.own, None)),
            clearance=Marking(row.clearance),
            since=row.created_at,
            suspended_at=row.suspended_at,
            team_ids=row.teams,
        )

    @documented()
    async def teams(self, info: Info) -> list[Team]:
        """The teams the member is on, by name."""
        if not self.team_ids:
            return []
        params = queries.IdsParams(org=info.context.org, ids=self.team_ids)
        return [
            Team.of(row) for row in await info.context.store.fetch(queries.FIND_TEAMS.bind(params))
        ]


@strawberry.type(description="A role that the organization made itself.")
@requires(Permission.READ_MEMBERS)
class OwnRole:
    """A role that the organization made itself."""

    id: strawberry.ID = strawberry.field(description="The role's id.")
    name: str = strawberry.field(description="What it is called where a role is named.")
    permissions: list[Permission] = strawberry.field(
        description="What it allows, in alphabetical order."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    uses: int = strawberry.field(description="How many members have it or were offered it.")

    @classmethod
    def of(cls, row: RoleRow) -> OwnRole:
        """A stored role as an object of the schema."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            permissions=sorted(granted(row.name, row.permissions, None)),
            created_at=row.created_at,
            uses=row.uses,
        )


@strawberry.type(description="A role that every organization has.")
@requires(Permission.READ_MEMBERS)
class UsualRole:
    """A role that every organization has."""

    name: str = strawberry.field(description="What it is called where a role is named.")
    permissions: list[Permission] = strawberry.field(
        description="What it allows, in alphabetical order."
    )


@strawberry.type(description="An invitation that was neither accepted nor taken back.")
@requires(Permission.EDIT_MEMBERS)
class Invitation:
    """An open invitation."""

    id: strawberry.ID = strawberry.field(description="The invitation's id.")
    email: str = strawberry.field(description="Whom it is for.")
    role: str = strawberry.field(description="The role that it offers.")
    clearance: Marking = strawberry.field(description="The clearance that it offers.")
    invited_by: str = strawberry.field(description="Who sent it last, by e-mail address.")
    created_at: datetime = strawberry.field(description="When it was first sent.")
    sent_at: datetime = strawberry.field(description="When it was last sent.")
    expires_at: datetime = strawberry.field(
        description="When its link ends; it can be sent again after that."
    )

    @classmethod
    def of(cls, row: InvitationRow) -> Invitation:
        """A stored invitation as an object of the schema."""
        return cls(
            id=strawberry.ID(row.id),
            email=row.email,
            role=row.role,
            clearance=Marking(row.clearance),
            invited_by=row.invited_by,
            created_at=row.created_at,
            sent_at=row.sent_at,
            expires_at=row.expires_at,
        )


@strawberry.type(description="The organization that the caller acts in.")
@requires(Permission.READ_MEMBERS)
class Organization:
    """The organization that the caller acts in."""

    id: strawberry.ID = strawberry.field(description="The organization's id.")
    name: str = strawberry.field(description="What it is called.")
    created_at: datetime = strawberry.field(description="When it was made.")
    owner: str | None = strawberry.field(description="Who owns it, by e-mail address.")

    @documented()
    async def members(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Member]:
        """Who belongs to it, the longest first."""
        return await list_members(info.context, first, after, None)

    @documented()
    async def teams(self, info: Info, first: First = 25, after: After = None) -> Connection[Team]:
        """Its teams, by name."""
        pager, context = Pager(Order.NAME, first, after), info.context
        rows = await context.store.fetch(queries.LIST_TEAMS.bind(_named(context, pager)))
        count = counting(
            context.store, queries.COUNT_TEAMS.bind(queries.OrgParams(org=context.org))
        )
        teams = [Team.of(row) for row in rows]
        return pager.connection(teams, lambda team: (team.name, team.id), count)

    @documented()
    async def roles(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[OwnRole]:
        """The roles it made itself, by name."""
        pager, context = Pager(Order.NAME, first, after), info.context
        rows = await context.store.fetch(queries.LIST_ROLES.bind(_named(context, pager)))
        count = counting(
            context.store, queries.COUNT_ROLES.bind(queries.OrgParams(org=context.org))
        )
        roles = [OwnRole.of(row) for row in rows]
        return pager.connection(roles, lambda role: (role.name, role.id), count)

    @documented()
    def usual_roles(self) -> list[UsualRole]:
        """The roles that every organization has, the most powerful first."""
        return [
            UsualRole(name=role.value, permissions=sorted(held)) for role, held in GRANTS.items()
        ]

    @documented(needs=Permission.EDIT_MEMBERS)
    async def invitations(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Invitation]:
        """Its open invitations, oldest first."""
        pager, context = Pager(Order.CREATED, first, after), info.context
        behind, behind_id = pager.moment
        params = queries.InvitationPageParams(
            org=context.org, behind=behind, behind_id=behind_id, limit=pager.limit
        )
        rows = await context.store.fetch(queries.LIST_INVITATIONS.bind(params))
        count = counting(
            context.store, queries.COUNT_INVITATIONS.bind(queries.OrgParams(org=context.org))
        )
        found = [Invitation.of(row) for row in rows]
        return pager.connection(found, lambda each: (each.created_at, each.id), count)

    @documented(needs=Permission.EDIT_MEMBERS)
    async def keys(self, info: Info, first: First = 25, after: After = None) -> Connection[ApiKey]:
        """Its members' API keys, oldest first; ended ones, too."""
        return await list_keys(info.context, first, after, None)


def _named(context: Context, pager: Pager) -> queries.NamedPageParams:
    name, _ = pager.place or ("", "")
    return queries.NamedPageParams(org=context.org, behind=name, limit=pager.limit)


async def get_organization(context: Context) -> Organization:
    """The caller's organization."""
    asked = queries.GET_ORGANIZATION.bind(queries.OrgParams(org=context.org))
    row = await context.store.fetch_one(asked)
    if row is None:
        raise NotFound("the organization is there no longer")
    return Organization(
        id=strawberry.ID(row.id), name=row.name, created_at=row.created_at, owner=row.owner
    )


async def get_member(context: Context, member_id: str) -> Member | None:
    """A member by id."""
    params = queries.OneParams(org=context.org, id=member_id)
    row = await context.store.fetch_one(queries.GET_MEMBER.bind(params))
    return Member.of(row) if row else None


async def list_members(
    context: Context, first: int | None, after: str | None, team: str | None
) -> Connection[Member]:
    """A page of members, of one team or of all."""
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    params = queries.MemberPageParams(
        org=context.org, team=team, behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(queries.LIST_MEMBERS.bind(params))
    asked = queries.COUNT_MEMBERS.bind(queries.OfTeamParams(org=context.org, team=team))
    count = counting(context.store, asked)
    members = [Member.of(row) for row in rows]
    return pager.connection(members, lambda each: (each.since, each.id), count)
