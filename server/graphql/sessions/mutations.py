"""Ending one's own sessions."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import NotFound
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires

ENDED = "ended by the user"


@strawberry.type(description="What ending sessions came to.")
@requires(Permission.READ_ACCOUNT)
class EndSessionsPayload:
    """The sessions that ended, or what to mend."""

    ended: list[strawberry.ID] = strawberry.field(
        description="The ids of the sessions that ended now. Elsewhere they may be good for another minute.",
        default_factory=list,
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.EDIT_ACCOUNT)
@told(EndSessionsPayload)
async def end_session(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")],
) -> EndSessionsPayload:
    """End one of one's own sessions: its refresh token, access tokens, cookie and open streams."""
    context = info.context
    if not await context.sessions.end(context.principal.user, id, ENDED, context.now()):
        raise NotFound(f"there is no session {id[:64]}")
    context.gate.forget(id)
    return EndSessionsPayload(ended=[id])


@documented(needs=Permission.EDIT_ACCOUNT)
@told(EndSessionsPayload)
async def end_other_sessions(info: Info) -> EndSessionsPayload:
    """End all of one's own sessions but the one that asks; asked with an API key, all of them."""
    context, principal = info.context, info.context.principal
    ended = await context.sessions.end_all(
        principal.user, ENDED, kept=principal.session or None, at=context.now()
    )
    for each in ended:
        context.gate.forget(each)
    return EndSessionsPayload(ended=[strawberry.ID(each) for each in ended])


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [end_session, end_other_sessions]
