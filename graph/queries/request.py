"""Mutations that carry an idempotency key: what they were, who carries them out, and their answers."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class HeldParams(Params):
    """A request, and who holds it."""

    id: str
    token: str


class TakeParams(HeldParams):
    """A request to be carried out."""

    org: str
    sealed: str
    key_version: str
    held_s: float
    kept_s: float


class RenewParams(HeldParams):
    """For how long it is held on."""

    held_s: float


class FinishParams(HeldParams):
    """Its answer."""

    sealed: str
    key_version: str


class ExpiredParams(Params):
    """Requests whose time is over. `now` is for tests: without it the time is the database's."""

    limit: int
    now: datetime | None = None


class TakenRow(Row):
    """What is known of a request."""

    is_taken: bool
    is_new: bool
    is_answered: bool
    sealed: str
    started_at: datetime


class IdRow(Row):
    """A request."""

    id: str


class DeletedRow(Row):
    """How many were forgotten."""

    deleted: int


TAKE_REQUEST = Query("request/take_request", TakeParams, TakenRow)
RENEW_REQUEST = Query("request/renew_request", RenewParams, IdRow)
FINISH_REQUEST = Query("request/finish_request", FinishParams, IdRow)
RELEASE_REQUEST = Query("request/release_request", HeldParams, IdRow)
DELETE_REQUESTS = Query("request/delete_requests", ExpiredParams, DeletedRow)
