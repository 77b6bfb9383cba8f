"""Setting and lifting legal holds."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from server.accounts import holds
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented, recorded_argument
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.retention.types import LegalHold

Reason = Annotated[str, recorded_argument("Why, for whoever reads of it, 1 to 1000 characters.")]


@strawberry.type(description="The legal hold as it is now, or what to mend.")
@framing
class LegalHoldPayload:
    """The legal hold as it is now, or what to mend."""

    hold: LegalHold | None = strawberry.field(
        description="The hold; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.HOLD_RECORDS)
@told(LegalHoldPayload)
async def set_legal_hold(info: Info, reason: Reason) -> LegalHoldPayload:
    """Keep everything of the organization from being deleted, from now on until this hold is lifted."""
    context, new_id = info.context, info.context.new_id(info, "hold")
    made = await holds.place(context.store, context.actor, reason, new_id)
    return LegalHoldPayload(hold=LegalHold.of(made))


@documented(needs=Permission.HOLD_RECORDS)
@told(LegalHoldPayload)
async def lift_legal_hold(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The hold's id.")],
    reason: Reason,
) -> LegalHoldPayload:
    """Lift a legal hold. Once none stands, what is old enough goes."""
    found = await holds.lift(info.context.store, info.context.actor, id, reason)
    return LegalHoldPayload(hold=LegalHold.of(found))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [set_legal_hold, lift_legal_hold]
