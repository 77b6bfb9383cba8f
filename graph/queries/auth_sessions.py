"""Sessions: how they begin, are used, and end."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class SessionParams(Params):
    """A session by its id, and (unless a signed token named it) by what its holder shows."""

    id: str
    hash: str | None
    now: datetime
    idle_since: datetime


class NewSessionParams(Params):
    """A session that begins."""

    id: str
    user: str
    org: str
    kind: str
    hash: str
    rotation: str | None
    method: str
    address: str
    agent: str
    client: str
    device: str | None
    now: datetime
    expires_at: datetime
    most: int


class RenewParams(Params):
    """A refresh token that is used."""

    id: str
    hash: str
    rotation: str
    next: str
    client: str
    now: datetime
    idle_since: datetime
    grace_since: datetime
    most: int


class UseParams(Params):
    """A session that is used."""

    id: str
    now: datetime


class EndParams(Params):
    """Which sessions of a user end."""

    user: str
    only: str | None = None
    kept: str | None = None
    now: datetime
    why: str


class OwnParams(Params):
    """A user's own sessions as of now."""

    user: str
    now: datetime
    idle_since: datetime


class OldParams(Params):
    """What had ended by a moment, so many at a time."""

    before: datetime
    most: int


class SessionRow(Row):
    """Whose a session is."""

    session: str
    user: str
    email: str
    org: str
    org_name: str
    role: str
    own: list[str] | None
    clearance: str
    is_platform_admin: bool
    kind: str
    last_seen_at: datetime
    expires_at: datetime


class IdRow(Row):
    """A session's id."""

    id: str


class RenewedRow(Row):
    """What became of a refresh token."""

    outcome: str
    user: str
    org: str


class ListedRow(Row):
    """A session as its user sees it."""

    id: str
    org: str
    org_name: str
    kind: str
    method: str
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class DeletedRow(Row):
    """How many there were."""

    deleted: int


GET_SESSION = Query("auth/get_session", SessionParams, SessionRow)
UPSERT_SESSION = Query("auth/upsert_session", NewSessionParams, IdRow)
RENEW_SESSION = Query("auth/renew_session", RenewParams, RenewedRow)
RENEW_SESSION_USE = Query("auth/renew_session_use", UseParams, IdRow)
FINISH_SESSIONS = Query("auth/finish_sessions", EndParams, IdRow)
LIST_SESSIONS = Query("auth/list_sessions", OwnParams, ListedRow)
DELETE_SESSIONS = Query("auth/delete_sessions", OldParams, DeletedRow)
