"""Organizations as whoever operates the platform sees them: that they are there, never what they hold."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graph.queries import organization as queries
from graph.select.cursors import Order
from server.accounts import organizations
from server.auth.policy import Permission
from server.graphql.context import Context
from server.graphql.paging import Connection, Pager, counting
from server.graphql.permissions import requires


@strawberry.type(description="An organization on this platform.")
@requires(Permission.MANAGE_PLATFORM)
class HostedOrganization:
    """An organization on this platform."""

    id: strawberry.ID = strawberry.field(description="The organization's id.")
    name: str = strawberry.field(description="What it is called.")
    owner: str | None = strawberry.field(description="Who owns it, by e-mail address.")
    member_count: int = strawberry.field(description="How many belong to it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    suspended_at: datetime | None = strawberry.field(
        description="Since when it is suspended; null if it is not."
    )
    deleted_at: datetime | None = strawberry.field(
        description="When it was deleted; null if it was not."
    )
    purged_after: datetime | None = strawberry.field(
        description="When it is removed for good; until then it can be restored. Null if it was not deleted."
    )

    @classmethod
    def of(cls, row: queries.OrganizationRow) -> HostedOrganization:
        """A stored organization as an object of the schema."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            owner=row.owner,
            member_count=row.members,
            created_at=row.created_at,
            suspended_at=row.suspended_at,
            deleted_at=row.deleted_at,
            purged_after=row.deleted_at + organizations.GRACE if row.deleted_at else None,
        )


async def list_organizations(
    context: Context, first: int | None, after: str | None
) -> Connection[HostedOrganization]:
    """A page of all organizations, by id."""
    pager = Pager(Order.NAME, first, after)
    _, behind = pager.place or ("", "")
    params = queries.OrganizationPageParams(behind=behind, limit=pager.limit)
    rows = await context.store.fetch(queries.LIST_ORGANIZATIONS.bind(params))
    count = counting(context.store, queries.COUNT_ORGANIZATIONS.bind(queries.NoParams()))
    found = [HostedOrganization.of(row) for row in rows]
    return pager.connection(found, lambda each: (each.name, each.id), count)
