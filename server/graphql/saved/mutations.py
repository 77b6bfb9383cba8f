"""Saving queries."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion
from server.auth.policy import Permission
from server.graphql.context import Context, Info
from server.graphql.declare import documented, recorded
from server.graphql.entities.vocabulary import Marking
from server.graphql.limits import MOST_QUERY_LENGTH
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import framing
from server.graphql.saved import keeping
from server.graphql.saved.keeping import Draft
from server.graphql.saved.types import SavedQuery
from server.graphql.scalars import Json


@strawberry.type(description="The query as it is saved, or what to mend.")
@framing
class SavedQueryPayload:
    """The query as it is saved, or what to mend."""

    query: SavedQuery | None = strawberry.field(
        description="The query; null where there are errors, and where it was deleted.",
        default=None,
    )
    errors: list[UserError] = errors_field()


@strawberry.input(description="A query to keep.")
class SaveQueryInput:
    """A query to keep."""

    name: str = recorded(
        "Its name: small letters, digits, underscores. One's own of that name is replaced."
    )
    document: str = strawberry.field(
        description=f"The document: one query, {MOST_QUERY_LENGTH:,} characters at most."
    )
    variables: Json | None = strawberry.field(
        description="Values of its variables by name, where whoever asks gives no others; not all need be given.",
        default=None,
    )
    description: str = strawberry.field(description="What it is for.", default="")
    is_shared: bool = strawberry.field(
        description="Whether all of the organization may see and ask it; what they are told of it follows from what "
        "they may read.",
        default=False,
    )
    marking: Marking | None = strawberry.field(
        description="Who may see its text and variables (TLP 2.0); null for all. Never above one's own clearance.",
        default=None,
    )
    expects: int | None = strawberry.field(
        description="How often it was saved before, as the caller knows; null whatever that is, 0 where it is new.",
        default=None,
    )


@documented(needs=Permission.ANNOTATE)
@told(SavedQueryPayload)
async def save_query(
    info: Info, input: Annotated[SaveQueryInput, strawberry.argument(description="The query.")]
) -> SavedQueryPayload:
    """Keep a query by its name: the caller's own, or shared with the organization.

    The document is held to the schema, to what the caller may ask, and to how much may be asked at once; its variables
    to their types.
    """
    context: Context = info.context
    variables: object = {} if input.variables is None else input.variables
    if not isinstance(variables, dict):
        raise InvalidQuestion("variables: an object of values by name is right")
    draft = Draft(
        input.name,
        input.document,
        variables,
        input.description,
        input.is_shared,
        input.marking.value if input.marking else "",
        input.expects,
    )
    saved = await keeping.save(context, draft, context.new_id(info, "query"))
    return SavedQueryPayload(query=SavedQuery.of(saved))


@documented(needs=Permission.ANNOTATE)
@told(SavedQueryPayload, is_done_when_gone=True)
async def delete_query(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id, or its name.")],
) -> SavedQueryPayload:
    """Delete a saved query: one's own; one that another shares only where one may edit rules."""
    await keeping.delete(info.context, id)
    return SavedQueryPayload()


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [save_query, delete_query]
