"""What somebody's own account is in the schema."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graph.queries.account import (
    COUNT_KEYS,
    GET_USER,
    LIST_KEYS,
    EmailParams,
    KeyPageParams,
    KeysParams,
    ListedKeyRow,
)
from graph.queries.organization import (
    COUNT_MEMBERSHIPS,
    LIST_MEMBERSHIPS,
    MembershipPageParams,
    MembershipRow,
    OfUserParams,
)
from graph.select.cursors import Order
from server.auth.policy import Permission, Principal
from server.graphql.context import Context, Info
from server.graphql.declare import documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.organization import vocabulary as _vocabulary  # noqa: F401 - gives Permission its words
from server.graphql.paging import After, Connection, First, Pager, counting
from server.graphql.permissions import framing, requires


@strawberry.type(description="An API key, without what opens anything.")
@framing
class ApiKey:
    """An API key."""

    id: strawberry.ID = strawberry.field(description="The key's id.")
    prefix: str = strawberry.field(
        description="How the key goes on after `mk_`, to recognise it by."
    )
    name: str = strawberry.field(description="What it is for.")
    owner: str = strawberry.field(description="Whose it is, by e-mail address.")
    scopes: list[Permission] | None = strawberry.field(
        description="What it is narrowed to; null for all that its owner may do."
    )
    clearance: Marking | None = strawberry.field(
        description="The strictest marking it reads; null for its owner's."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(
        description="When it ends by itself; null for never."
    )
    revoked_at: datetime | None = strawberry.field(
        description="When it was revoked; null if it was not."
    )
    rotated_at: datetime | None = strawberry.field(
        description="When another took its place; null if none did."
    )
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to about a minute; null if never."
    )
    replaces: strawberry.ID | None = strawberry.field(
        description="The key whose place it took; null if none."
    )

    @classmethod
    def of(cls, row: ListedKeyRow) -> ApiKey:
        """A stored key as an object of the schema."""
        scopes = row.scopes
        return cls(
            id=strawberry.ID(row.id),
            prefix=row.prefix,
            name=row.name,
            owner=row.email,
            scopes=None
            if scopes is None
            else [Permission(each) for each in scopes if each in Permission.__members__],
            clearance=Marking(row.clearance) if row.clearance else None,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            rotated_at=row.rotated_at,
            last_used_at=row.used_at,
            replaces=strawberry.ID(row.replaces) if row.replaces else None,
        )


@strawberry.type(description="An organization that a user belongs to, and as what.")
@requires(Permission.READ_ACCOUNT)
class Affiliation:
    """An organization that a user belongs to."""

    id: strawberry.ID = strawberry.field(description="The organization's id.")
    name: str = strawberry.field(description="The organization's name.")
    role: str = strawberry.field(description="What the user is in it.")
    clearance: Marking = strawberry.field(
        description="The strictest marking that the user may read in it."
    )
    since: datetime = strawberry.field(description="When the user came in.")

    @classmethod
    def of(cls, row: MembershipRow) -> Affiliation:
        """A stored membership as an object of the schema."""
        return cls(
            id=strawberry.ID(row.org),
            name=row.org_name,
            role=row.role,
            clearance=Marking(row.clearance),
            since=row.created_at,
        )


@strawberry.type(description="Who asks, and for which organization.")
@requires(Permission.READ_ACCOUNT)
class Account:
    """Who asks, and for which organization."""

    id: strawberry.ID = strawberry.field(description="The user's id.")
    email: str = strawberry.field(description="The user's e-mail address.")
    organization_id: strawberry.ID = strawberry.field(description="The organization's id.")
    organization: str = strawberry.field(description="The organization's name.")
    role: str = strawberry.field(
        description="What the user is in the organization: OWNER, ADMIN, LEAD, ANALYST, VIEWER, INGEST, AUDITOR, or a "
        "role of the organization's own."
    )
    permissions: list[str] = strawberry.field(
        description="What the user may do with this credential, in alphabetical order."
    )
    clearance: str = strawberry.field(
        description="The strictest marking (TLP 2.0) that the user may read: CLEAR, GREEN, AMBER, AMBER_STRICT or RED."
    )

    @classmethod
    def of(cls, principal: Principal) -> Account:
        """Who asks as an object of the schema."""
        return cls(
            id=strawberry.ID(principal.user),
            email=principal.email,
            organization_id=strawberry.ID(principal.org),
            organization=principal.org_name,
            role=principal.role,
            permissions=sorted(principal.permissions),
            clearance=principal.clearance,
        )

    @documented()
    async def name(self, info: Info) -> str | None:
        """What the user is called; null where nobody said."""
        row = await info.context.store.fetch_one(GET_USER.bind(EmailParams(email=self.email)))
        return row.name if row else None

    @documented()
    async def organizations(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Affiliation]:
        """The organizations the user belongs to and may enter, by name. A key or session is for one of them."""
        pager = Pager(Order.NAME, first, after)
        behind, behind_id = pager.place or (None, "")
        store = info.context.store
        params = MembershipPageParams(
            user=self.id, behind=behind, behind_id=behind_id, limit=pager.limit
        )
        rows = await store.fetch(LIST_MEMBERSHIPS.bind(params))
        count = counting(store, COUNT_MEMBERSHIPS.bind(OfUserParams(user=self.id)))
        found = [Affiliation.of(row) for row in rows]
        return pager.connection(found, lambda each: (each.name, each.id), count)

    @documented()
    async def keys(self, info: Info, first: First = 25, after: After = None) -> Connection[ApiKey]:
        """The user's API keys for this organization, oldest first; ended ones, too."""
        return await list_keys(info.context, first, after, self.id)


async def list_keys(
    context: Context, first: int | None, after: str | None, user: str | None
) -> Connection[ApiKey]:
    """A page of the organization's keys, of one user or of all."""
    pager = Pager(Order.CREATED, first, after)
    behind, behind_id = pager.moment
    params = KeyPageParams(
        org=context.org, user=user, behind=behind, behind_id=behind_id, limit=pager.limit
    )
    rows = await context.store.fetch(LIST_KEYS.bind(params))
    count = counting(context.store, COUNT_KEYS.bind(KeysParams(org=context.org, user=user)))
    keys = [ApiKey.of(row) for row in rows]
    return pager.connection(keys, lambda key: (key.created_at, key.id), count)
