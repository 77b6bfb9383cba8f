"""Sessions: one begins with each sign-in, in one organization, and ends by its user, by time, or by misuse.

A session's holder shows a random text, of which the hash is kept: a cookie's value, or the lasting part of a refresh
token. A refresh token has a changing part, too, which is good once. Whoever shows the lasting part with a changing part
that was used before has a stolen token, or had theirs stolen: the session ends. A request that the same client sends
twice within `GRACE` gets a token of its own; whichever is used next is the one that stays.

`Sessions.issue` is the one way a session begins, whatever proved who the user is.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from graph.errors import NotPermitted
from graph.queries import auth_sessions as queries
from graph.store import Store
from server.auth.guesses import neighbourhood
from server.auth.refusals import SessionEnded

Kind = Literal["COOKIE", "TOKEN"]

GRACE = timedelta(seconds=10)
MOST_SIBLINGS = 3
MOST_SESSIONS = 100
NOTE_USE_AFTER = timedelta(minutes=1)
KEPT_FOR = timedelta(days=90)
DELETED_AT_ONCE = 1_000
LONGEST_AGENT = 300

_COOKIE = re.compile(r"ms_([A-Za-z0-9_-]{43})\Z")
_REFRESH = re.compile(r"mr_([A-Za-z0-9_-]{43})_([A-Za-z0-9_-]{43})\Z")


@dataclass(frozen=True)
class Client:
    """Where a request comes from: address, what it calls itself, and the mark of a device that signed in before.

    `correlation_id` tells the request from others in logs and audit.
    """

    address: str
    agent: str = ""
    device: str = ""
    correlation_id: str = ""

    @property
    def hash(self) -> str:
        """Tells one client from another: its neighbourhood and what it runs."""
        return hash_of(f"{neighbourhood(self.address)}\n{self.agent}")


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lives: `absolute` at most, and `idle` without being used."""

    absolute: timedelta = timedelta(days=7)
    idle: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Wanted:
    """A session to begin: for whom, where, shown how, and how the user proved who they are."""

    user: str
    org: str
    kind: Kind
    method: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Issued:
    """A session that began. `secret` is shown to its holder once: a cookie's value or a refresh token."""

    id: str
    user: str
    org: str
    kind: Kind
    secret: str
    expires_at: datetime


class Sessions:
    """Begins, renews, lists and ends sessions. One per process; all it knows is in the graph."""

    def __init__(
        self,
        store: Store,
        lifetimes: Lifetimes = Lifetimes(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._clock = clock
        self.lifetimes = lifetimes

    async def issue(self, wanted: Wanted, client: Client) -> Issued:
        """Begin a session. Raises NotPermitted where the user may not enter the organization."""
        now = self._clock()
        lasting, changing = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        is_token = wanted.kind == "TOKEN"
        ends = min(
            wanted.expires_at or now + self.lifetimes.absolute, now + self.lifetimes.absolute
        )
        begun = await self._store.fetch_one(
            queries.UPSERT_SESSION.bind(
                queries.NewSessionParams(
                    id=id_of(lasting),
                    user=wanted.user,
                    org=wanted.org,
                    kind=wanted.kind,
                    hash=hash_of(lasting),
                    rotation=hash_of(changing) if is_token else None,
                    method=wanted.method,
                    address=client.address,
                    agent=client.agent[:LONGEST_AGENT],
                    client=client.hash,
                    device=hash_of(client.device) if client.device else None,
                    now=now,
                    expires_at=ends,
                    most=MOST_SESSIONS,
                )
            )
        )
        if begun is None:
            raise NotPermitted("the account may not enter this organization")
        secret = f"mr_{lasting}_{changing}" if is_token else f"ms_{lasting}"
        return Issued(begun.id, wanted.user, wanted.org, wanted.kind, secret, ends)

    async def renew(self, refresh_token: str, client: Client) -> Issued:
        """The next refresh token for one that is good. Raises SessionEnded."""
        found = _REFRESH.match(refresh_token)
        if found is None:
            raise SessionEnded("this is no refresh token")
        lasting, changing = found[1], secrets.token_urlsafe(32)
        now = self._clock()
        row = await self._store.fetch_one(
            queries.RENEW_SESSION.bind(
                queries.RenewParams(
                    id=id_of(lasting),
                    hash=hash_of(lasting),
                    rotation=hash_of(found[2]),
                    next=hash_of(changing),
                    client=client.hash,
                    now=now,
                    idle_since=now - self.lifetimes.idle,
                    grace_since=now - GRACE,
                    most=MOST_SIBLINGS,
                )
            )
        )
        if row is None:
            raise SessionEnded("the session is over; sign in again")
        if row.outcome == "REUSED":
            raise TokenReused(row.user, row.org, id_of(lasting))
        live = await self.find(id_of(lasting))
        if live is None:
            raise SessionEnded("the session is over; sign in again")
        secret = f"mr_{lasting}_{changing}"
        return Issued(live.session, live.user, live.org, "TOKEN", secret, live.expires_at)

    async def find(self, session: str, secret: str | None = None) -> queries.SessionRow | None:
        """Whose a session is, if it lives; `secret` is what its holder shows, None where a signed token named it."""
        now = self._clock()
        hashed = None if secret is None else hash_of(secret)
        asked = queries.SessionParams(
            id=session, hash=hashed, now=now, idle_since=now - self.lifetimes.idle
        )
        return await self._store.fetch_one(queries.GET_SESSION.bind(asked))

    async def note_use(self, found: queries.SessionRow) -> None:
        """Remember that a session was used, once a minute at most."""
        now = self._clock()
        if now - found.last_seen_at > NOTE_USE_AFTER:
            noted = queries.UseParams(id=found.session, now=now)
            await self._store.fetch_one(queries.RENEW_SESSION_USE.bind(noted))

    async def list_of(self, user: str) -> list[queries.ListedRow]:
        """A user's live sessions, last used first."""
        now = self._clock()
        asked = queries.OwnParams(user=user, now=now, idle_since=now - self.lifetimes.idle)
        return await self._store.fetch(queries.LIST_SESSIONS.bind(asked))

    async def end(self, user: str, session: str, why: str, at: datetime | None = None) -> bool:
        """End one session of a user; whether there was one to end.

        `at` is the time of the request that asks: carried out again, it finds what it ended before.
        """
        return bool(await self._finish(user, why, at, only=session))

    async def end_all(
        self, user: str, why: str, kept: str | None = None, at: datetime | None = None
    ) -> list[str]:
        """End a user's sessions, all but `kept`; the ids of those that ended. `at` is as in `end`."""
        return await self._finish(user, why, at, kept=kept)

    async def forget_old(self) -> int:
        """Delete what ended long ago, some of it; how many."""
        before = self._clock() - KEPT_FOR
        asked = queries.OldParams(before=before, most=DELETED_AT_ONCE)
        row = await self._store.fetch_one(queries.DELETE_SESSIONS.bind(asked))
        return row.deleted if row else 0

    async def _finish(
        self,
        user: str,
        why: str,
        at: datetime | None,
        *,
        only: str | None = None,
        kept: str | None = None,
    ) -> list[str]:
        now = at or self._clock()
        asked = queries.EndParams(user=user, only=only, kept=kept, now=now, why=why)
        return [row.id for row in await self._store.fetch(queries.FINISH_SESSIONS.bind(asked))]


class TokenReused(SessionEnded):
    """A refresh token came a second time: its session was ended."""

    def __init__(self, user: str, org: str, session: str) -> None:
        super().__init__(
            "the refresh token was used before, so the session was ended; sign in again"
        )
        self.user = user
        self.org = org
        self.session = session


def cookie_secret(value: str) -> str | None:
    """The secret in a cookie's value; None for what is no such value."""
    found = _COOKIE.match(value)
    return found[1] if found else None


def refresh_secret(token: str) -> str | None:
    """The lasting part of a refresh token; None for what is none."""
    found = _REFRESH.match(token)
    return found[1] if found else None


def id_of(secret: str) -> str:
    """The id of the session that a secret belongs to: half of its hash, which tells nothing of the secret."""
    return hash_of(secret)[:32]


def hash_of(text: str) -> str:
    """What is kept of a random text: SHA-256 in lower-case hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
