"""Changing one's own account: keys, coming into an organization and leaving it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from server.accounts import invitations, keys, members
from server.auth.policy import Permission
from server.graphql.account.types import ApiKey
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities.vocabulary import Marking
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.scalars import SecretText


@strawberry.input(description="What a new API key is to be.")
class CreateKeyInput:
    """What a new API key is to be."""

    name: str = strawberry.field(description="What it is for.")
    scopes: list[Permission] | None = strawberry.field(
        default=None,
        description="What it may do, of what you may do with this credential; null for all of that.",
    )
    clearance: Marking | None = strawberry.field(
        default=None,
        description="The strictest marking it reads, up to your own; null for all you may read.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends by itself; null for never."
    )


@strawberry.type(description="An API key that was made, or what to mend.")
@framing
class NewKeyPayload:
    """An API key that was made, or what to mend."""

    key: ApiKey | None = strawberry.field(
        description="The key; null where there are errors.", default=None
    )
    text: str | None = strawberry.field(
        description="What to send as `Authorization: Bearer …`. It is shown this once.",
        default=None,
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="What to mend; nothing where it was done.")
@framing
class DonePayload:
    """What to mend; nothing where it was done."""

    errors: list[UserError] = errors_field()


@strawberry.type(description="The organization that one came into, or what to mend.")
@framing
class JoinedPayload:
    """The organization that one came into, or what to mend."""

    organization_id: strawberry.ID | None = strawberry.field(
        description="The organization's id; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


KeyId = Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]


@documented(needs=Permission.EDIT_ACCOUNT)
@told(NewKeyPayload)
async def create_key(
    info: Info,
    input: Annotated[CreateKeyInput, strawberry.argument(description="What it is to be.")],
) -> NewKeyPayload:
    """Make an API key for yourself, for this organization. It never does more than the credential that makes it."""
    wanted = keys.Wanted(
        input.name,
        input.scopes,
        input.clearance.value if input.clearance else None,
        input.expires_at,
    )
    context = info.context
    made = await keys.create(context.store, context.actor, wanted, context.new_id(info, "key"))
    return NewKeyPayload(key=ApiKey.of(made.key), text=made.text)


@documented(needs=Permission.EDIT_ACCOUNT)
@told(NewKeyPayload)
async def rotate_key(
    info: Info,
    id: KeyId,
    overlap_hours: Annotated[
        int,
        strawberry.argument(description="For how long the former one still works, 0 to 720 hours."),
    ] = 24,
) -> NewKeyPayload:
    """Put a new key in the place of one of yours: it does the same and lasts as long as that was made for."""
    if not 0 <= overlap_hours <= 720:
        raise InvalidQuestion("overlapHours: 0 to 720 is right")
    overlap = timedelta(hours=overlap_hours)
    context = info.context
    made = await keys.rotate(context.store, context.actor, id, overlap, context.new_id(info, "key"))
    return NewKeyPayload(key=ApiKey.of(made.key), text=made.text)


@documented(needs=Permission.EDIT_ACCOUNT)
@told(DonePayload)
async def revoke_key(info: Info, id: KeyId) -> DonePayload:
    """End one of your keys. Within a minute nothing that was opened with it is open any more."""
    await keys.revoke(info.context.store, info.context.actor, id)
    info.context.gate.forget(id)
    return DonePayload()


@documented(needs=Permission.EDIT_ACCOUNT)
@told(JoinedPayload)
async def accept_invitation(
    info: Info,
    token: Annotated[
        SecretText,
        strawberry.argument(description="What stands behind `#` in the invitation's link."),
    ],
) -> JoinedPayload:
    """Come into the organization that invited you, by the address of your account."""
    context, caller = info.context, info.context.principal
    is_again = context.repeat is not None and context.repeat.is_again
    org = await invitations.join(context.store, caller.user, caller.email, token, is_again=is_again)
    return JoinedPayload(organization_id=strawberry.ID(org))


@documented(needs=Permission.EDIT_ACCOUNT)
@told(DonePayload)
async def leave_organization(info: Info) -> DonePayload:
    """Leave this organization: your keys for it end. Its OWNER hands it over first."""
    await members.leave(info.context.store, info.context.actor)
    return DonePayload()


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [create_key, rotate_key, revoke_key, accept_invitation, leave_organization]
