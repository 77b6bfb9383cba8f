"""The outbox of letters that are sent by mail."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class NewLetterParams(Params):
    """A letter to be sent."""

    id: str
    sealed: str
    now: datetime
    expires_at: datetime


class DueParams(Params):
    """What is due, so many at a time."""

    now: datetime
    limit: int


class TakeParams(Params):
    """A letter that is being sent."""

    id: str
    now: datetime
    until: datetime


class ReleaseParams(Params):
    """A letter to be tried again."""

    id: str
    due_at: datetime


class LetterParams(Params):
    """A letter by its id."""

    id: str


class IdRow(Row):
    """A letter's id."""

    id: str


class TakenRow(Row):
    """A letter that was taken."""

    sealed: str
    tries: int
    expires_at: datetime


class DeletedRow(Row):
    """How many there were."""

    deleted: int


UPSERT_LETTER = Query("notify/upsert_letter", NewLetterParams, IdRow)
LIST_DUE_LETTERS = Query("notify/list_due_letters", DueParams, IdRow)
TAKE_LETTER = Query("notify/take_letter", TakeParams, TakenRow)
RELEASE_LETTER = Query("notify/release_letter", ReleaseParams, IdRow)
DELETE_LETTER = Query("notify/delete_letter", LetterParams, DeletedRow)
