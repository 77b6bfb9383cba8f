"""Reading notes: they are asked for through what they are about."""

from __future__ import annotations

import strawberry

from graph.queries.note import LIST_NOTES, AboutParams, NoteRow
from server.graphql.context import Context
from server.graphql.entities.vocabulary import Marking
from server.graphql.notes.types import Note
from server.graphql.paging import check_first


async def notes_about(context: Context, subject_id: str, first: int | None) -> list[Note]:
    """The latest notes about an entity or a finding."""
    limit = check_first(25 if first is None else first)
    params = AboutParams(org=context.org, readable=context.readable, id=subject_id, limit=limit)
    return [as_note(row) for row in await context.store.fetch(LIST_NOTES.bind(params))]


def as_note(row: NoteRow) -> Note:
    """A stored note as an object of the schema."""
    return Note(
        id=strawberry.ID(row.id),
        text=row.text,
        author=row.author,
        created_at=row.created_at,
        marking=Marking(row.tlp) if row.tlp else None,
    )


def fields() -> list[object]:
    """This area has no root fields of its own."""
    return []
