"""Changing the organization itself, its teams and roles; and, for the platform, making and closing organizations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.accounts import members, organizations, roles, teams
from server.auth.policy import Permission
from server.graphql.account.mutations import DonePayload
from server.graphql.context import Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.organization import memberships
from server.graphql.organization.hosted import HostedOrganization
from server.graphql.organization.types import (
    Organization,
    OwnRole,
    Team,
    get_organization,
)
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing

Name = Annotated[str, recorded_argument("What it is called, 1 to 100 characters.")]
Permissions = Annotated[list[Permission], strawberry.argument(description="What it allows.")]


@strawberry.type(description="The organization as it is now, or what to mend.")
@framing
class OrganizationPayload:
    """The organization as it is now, or what to mend."""

    organization: Organization | None = strawberry.field(
        description="The organization; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="When the organization is removed for good, or what to mend.")
@framing
class DeleteOrganizationPayload:
    """When the organization is removed for good, or what to mend."""

    purged_after: datetime | None = strawberry.field(
        description="Until then the platform's operator can restore it; null where there are errors.",
        default=None,
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="An organization on this platform as it is now, or what to mend.")
@framing
class HostedOrganizationPayload:
    """An organization on this platform as it is now, or what to mend."""

    organization: HostedOrganization | None = strawberry.field(
        description="The organization; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The team as it is now, or what to mend.")
@framing
class TeamPayload:
    """The team as it is now, or what to mend."""

    team: Team | None = strawberry.field(
        description="The team; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The role as it is now, or what to mend.")
@framing
class RolePayload:
    """The role as it is now, or what to mend."""

    role: OwnRole | None = strawberry.field(
        description="The role; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


TeamId = Annotated[strawberry.ID, strawberry.argument(description="The team's id.")]
RoleId = Annotated[strawberry.ID, strawberry.argument(description="The role's id.")]
OrganizationId = Annotated[strawberry.ID, strawberry.argument(description="The organization's id.")]
MemberIds = list[strawberry.ID] | None


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(OrganizationPayload)
async def rename_organization(info: Info, name: Name) -> OrganizationPayload:
    """Call the organization something else."""
    context = info.context
    await organizations.rename(context.store, context.actor, name)
    return OrganizationPayload(organization=await get_organization(context))


@documented(needs=Permission.OWN_ORGANIZATION)
@told(OrganizationPayload)
async def transfer_organization(
    info: Info,
    member: Annotated[
        strawberry.ID, strawberry.argument(description="The member who owns it then.")
    ],
) -> OrganizationPayload:
    """Hand the organization to another member, at once: you become ADMIN."""
    context = info.context
    await members.transfer(context.store, context.actor, member)
    return OrganizationPayload(organization=await get_organization(context))


@documented(needs=Permission.OWN_ORGANIZATION)
@told(DeleteOrganizationPayload)
async def delete_organization(
    info: Info,
    name: Annotated[
        str, strawberry.argument(description="The organization's name as it is written.")
    ],
) -> DeleteOrganizationPayload:
    """Close the organization and have all of it removed after 30 days. `GET /export` hands it out before."""
    until = await organizations.delete(info.context.store, info.context.actor, name)
    return DeleteOrganizationPayload(purged_after=until)


@documented(needs=Permission.EDIT_MEMBERS)
@told(TeamPayload)
async def create_team(
    info: Info,
    name: Name,
    members: Annotated[
        MemberIds, strawberry.argument(description="Who is on it, by the members' ids.")
    ] = None,
) -> TeamPayload:
    """Make a team."""
    context, new_id = info.context, info.context.new_id(info, "team")
    made = await teams.create(context.store, context.actor, name, members or [], new_id)
    return TeamPayload(team=Team.of(made))


@documented(needs=Permission.EDIT_MEMBERS)
@told(TeamPayload)
async def change_team(
    info: Info,
    id: TeamId,
    name: Annotated[
        str | None, strawberry.argument(description="What it is called from now on.")
    ] = None,
    add: Annotated[MemberIds, strawberry.argument(description="Members who join it.")] = None,
    remove: Annotated[MemberIds, strawberry.argument(description="Members who leave it.")] = None,
) -> TeamPayload:
    """Rename a team, and let members join and leave it."""
    changes = (add or [], remove or [])
    found = await teams.change(info.context.store, info.context.actor, id, name, changes)
    return TeamPayload(team=Team.of(found))


@documented(needs=Permission.EDIT_MEMBERS)
@told(DonePayload, is_done_when_gone=True)
async def delete_team(info: Info, id: TeamId) -> DonePayload:
    """Take a team away; its members stay members."""
    await teams.delete(info.context.store, info.context.actor, id)
    return DonePayload()


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(RolePayload)
async def create_role(info: Info, name: Name, permissions: Permissions) -> RolePayload:
    """Make a role of the organization's own, of permissions that you have yourself."""
    context, new_id = info.context, info.context.new_id(info, "role")
    made = await roles.create(context.store, context.actor, name, permissions, new_id)
    return RolePayload(role=OwnRole.of(made))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(RolePayload)
async def change_role(info: Info, id: RoleId, permissions: Permissions) -> RolePayload:
    """Set what a role allows, for all who have it; you add only what you have yourself."""
    found = await roles.change(info.context.store, info.context.actor, id, permissions)
    return RolePayload(role=OwnRole.of(found))


@documented(needs=Permission.EDIT_ORGANIZATION)
@told(DonePayload, is_done_when_gone=True)
async def delete_role(info: Info, id: RoleId) -> DonePayload:
    """Take a role away that nobody has and nobody was offered."""
    await roles.delete(info.context.store, info.context.actor, id)
    return DonePayload()


@documented(needs=Permission.MANAGE_PLATFORM)
@told(HostedOrganizationPayload)
async def create_organization(
    info: Info,
    name: Name,
    owner: Annotated[
        str | None,
        strawberry.argument(description="Who owns it, by a user's e-mail address; null for you."),
    ] = None,
) -> HostedOrganizationPayload:
    """Make an organization on this platform."""
    context = info.context
    whose, new_id = owner or context.principal.email, context.new_id(info, "organization")
    made = await organizations.create(context.store, name, whose, new_id)
    return await _hosted(info, made)


@documented(needs=Permission.MANAGE_PLATFORM)
@told(HostedOrganizationPayload)
async def suspend_organization(info: Info, id: OrganizationId) -> HostedOrganizationPayload:
    """Close an organization until it is restored: nobody gets in, and what is under way in it ends."""
    await organizations.suspend(info.context.store, id)
    return await _hosted(info, id)


@documented(needs=Permission.MANAGE_PLATFORM)
@told(HostedOrganizationPayload)
async def restore_organization(info: Info, id: OrganizationId) -> HostedOrganizationPayload:
    """Open an organization that was suspended, or deleted less than 30 days ago, with all that it had."""
    await organizations.restore(info.context.store, id)
    return await _hosted(info, id)


async def _hosted(info: Info, org: str) -> HostedOrganizationPayload:
    found = await organizations.get(info.context.store, org)
    return HostedOrganizationPayload(organization=HostedOrganization.of(found))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [
        rename_organization, transfer_organization, delete_organization,
        create_team, change_team, delete_team,
        create_role, change_role, delete_role,
        create_organization, suspend_organization, restore_organization,
        *memberships.fields(),
    ]  # fmt: skip
