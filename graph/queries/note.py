"""Analysts' notes and labels."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Query, ReadParams, Row


class AboutParams(ReadParams):
    """What notes are about."""

    id: str
    limit: int


class NoteParams(ReadParams):
    """A note to keep."""

    id: str
    about: str
    text: str
    author: str
    now: datetime
    tlp: str | None


class TagsParams(ReadParams):
    """Labels to add to an entity and to take off it."""

    id: str
    add: list[str]
    remove: list[str]


class NoteRow(Row):
    """A note."""

    id: str
    text: str
    author: str
    created_at: datetime
    tlp: str | None


class TagsRow(Row):
    """An entity's labels after the change."""

    id: str
    kind_labels: list[str]
    tags: list[str]


LIST_NOTES = Query("note/list_notes", AboutParams, NoteRow)
UPSERT_NOTE = Query("note/upsert_note", NoteParams, NoteRow)
UPSERT_TAGS = Query("note/upsert_tags", TagsParams, TagsRow)
