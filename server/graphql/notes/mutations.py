"""Writing notes and labels."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.errors import InvalidQuestion, NotFound
from graph.queries.note import UPSERT_NOTE, UPSERT_TAGS, NoteParams, TagsParams
from server.auth.policy import Permission
from server.graphql.context import Info
from server.graphql.declare import documented
from server.graphql.entities import reading
from server.graphql.entities.facts import Entity
from server.graphql.entities.vocabulary import Marking
from server.graphql.notes.queries import as_note
from server.graphql.notes.types import Note
from server.graphql.payload import UserError, errors_field, told
from server.graphql.permissions import requires

MOST_CHARACTERS = 20_000
MOST_TAGS = 50
LONGEST_TAG = 100


@strawberry.type(description="The note that was written, or what to mend.")
@requires(Permission.READ_GRAPH)
class NotePayload:
    """The note, or what to mend."""

    note: Note | None = strawberry.field(
        description="The note; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The entity with its labels as they are now, or what to mend.")
@requires(Permission.READ_GRAPH)
class TagPayload:
    """The entity, or what to mend."""

    entity: Entity | None = strawberry.field(
        description="The entity; null where there are errors.", default=None
    )
    errors: list[UserError] = errors_field()


@documented(needs=Permission.ANNOTATE)
@told(NotePayload)
async def note(
    info: Info,
    id: Annotated[
        strawberry.ID, strawberry.argument(description="The id of an entity or a finding.")
    ],
    text: Annotated[str, strawberry.argument(description="The note, in Markdown.")],
    marking: Annotated[
        Marking | None,
        strawberry.argument(
            description="Who may see it (TLP 2.0) of those who may see what it is about; null for all of them. Never "
            "above one's own clearance."
        ),
    ] = None,
) -> NotePayload:
    """Note something about an entity or a finding. Notes are kept as they were written."""
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise InvalidQuestion(f"text: a note has 1 to {MOST_CHARACTERS} characters")
    context = info.context
    context.principal.require_clearance(marking.value if marking else "", "marking")
    params = NoteParams(
        org=context.org,
        readable=context.readable,
        id=context.new_id(info, "note"),
        about=id,
        text=text,
        author=context.principal.email,
        now=context.now(),
        tlp=marking.value if marking else None,
    )
    row = await context.store.fetch_one(UPSERT_NOTE.bind(params))
    if row is None:
        raise NotFound(f"there is no entity or finding {id}")
    return NotePayload(note=as_note(row))


@documented(needs=Permission.ANNOTATE)
@told(TagPayload)
async def tag(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The entity's id.")],
    add: Annotated[list[str] | None, strawberry.argument(description="Labels to give it.")] = None,
    remove: Annotated[
        list[str] | None,
        strawberry.argument(description="Labels to take off it; they win over `add`."),
    ] = None,
) -> TagPayload:
    """Give an entity labels, and take labels off it. They outlive every scan."""
    tags = [each.strip() for each in add or []]
    if len(tags) > MOST_TAGS or any(not 1 <= len(each) <= LONGEST_TAG for each in tags):
        raise InvalidQuestion(
            f"add: at most {MOST_TAGS} labels of 1 to {LONGEST_TAG} characters each"
        )
    context = info.context
    params = TagsParams(
        org=context.org, readable=context.readable, id=id, add=tags, remove=remove or []
    )
    row = await context.store.fetch_one(UPSERT_TAGS.bind(params))
    if row is None:
        raise NotFound(f"there is no entity {id}")
    return TagPayload(entity=Entity.of(await reading.end_of(context, id)))


def fields() -> list[StrawberryField]:
    """The root fields of this area."""
    return [note, tag]
