"""Asking for the organization, and for those on the platform."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.organization.hosted import HostedOrganization, list_organizations
from server.graphql.organization.types import (
    Member,
    Organization,
    get_member,
    get_organization,
)
from server.graphql.paging import After, Connection, First


@documented(needs=Permission.READ_MEMBERS)
async def organization(info: Info) -> Organization:
    """The organization that the caller acts in: its members, teams, roles, invitations, keys."""
    return await get_organization(info.context)


@documented(needs=Permission.READ_MEMBERS)
async def member(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The member's id.")]
) -> Member | None:
    """One member; null where there is none."""
    return await get_member(info.context, id)


@documented(needs=Permission.MANAGE_PLATFORM)
async def organizations(
    info: Info, first: First = 25, after: After = None
) -> Connection[HostedOrganization]:
    """Every organization on this platform, also those that are suspended or deleted, by id."""
    return await list_organizations(info.context, first, after)


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [organization, member, organizations]
