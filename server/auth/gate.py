"""From a request's credentials to who asks: an API key, an access token, or a browser's cookie.

What was found good is remembered for a short while, so that a request does not cost a query; a revoked key or ended
session stops working when that while is over. Guesses are counted by address and refused beyond a limit, whatever
way they come.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from graph.errors import StoreUnavailable
from graph.queries.account import GET_KEY, KeyParams
from graph.queries.auth_sessions import SessionRow
from graph.store import Store
from server.auth.guesses import KEYS, Guesses, one_party, too_many
from server.auth.keys import hash_of, is_key
from server.auth.policy import Principal, granted, lowest
from server.auth.refusals import NotAuthenticated
from server.auth.sessions import Kind, Sessions, cookie_secret, id_of
from server.auth.tokens import AccessTokens, TokenExpired, looks_like_token

log = structlog.get_logger(__name__)

REMEMBERED_S = 20.0
MOST_REMEMBERED = 10_000
UNKNOWN_KEY = "the API key is not known, or was revoked"
SESSION_OVER = "the session is over; sign in again"
WANTED = (
    "send an API key or an access token as 'Authorization: Bearer …', or sign in at /signin; "
    "`mirage status --json` names the file that holds the owner's key"
)


@dataclass(frozen=True)
class _Found:
    """Who has a credential, and for how many seconds at most that is so."""

    principal: Principal
    good_for_s: float = math.inf


_Find = Callable[[], Awaitable["_Found | None"]]


class Gate:
    """Finds who a credential belongs to. One per process. Without `tokens` it takes no access tokens."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
        *,
        sessions: Sessions | None = None,
        tokens: AccessTokens | None = None,
        guesses: Guesses | None = None,
        on_use: Callable[[str, datetime | None], None] | None = None,
    ) -> None:
        """`on_use` is told, and must not wait, when a key was looked up: its id, and the use noted last."""
        self._store = store
        self._clock = clock
        self._sessions = sessions or Sessions(store)
        self._tokens = tokens
        self._guesses = guesses or Guesses()
        self._on_use = on_use
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Found | None]] = {}

    async def admit_header(self, authorization: str, address: str) -> Principal:
        """Who sends this Authorization header from this address. Raises as `admit`."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated(WANTED)
        return await self.admit(given.strip(), address)

    async def admit(self, given: str, address: str) -> Principal:
        """Who has this key or access token. Raises NotAuthenticated, TooManyGuesses, StoreUnavailable."""
        if self._tokens is not None and looks_like_token(given):
            return await self._admit(given, address, lambda: self._by_token(given), SESSION_OVER)
        return await self._admit(given, address, lambda: self._by_key(given), UNKNOWN_KEY)

    async def admit_cookie(self, value: str, address: str) -> Principal:
        """Who has the session with this cookie. Raises as `admit`."""
        return await self._admit(value, address, lambda: self._by_cookie(value), SESSION_OVER)

    async def admit_again(self, principal: Principal, given: str, address: str) -> Principal:
        """Somebody who was let in before, as they are now; a session is asked for itself, however old its token is.

        Raises as `admit`.
        """
        if not principal.session:
            return await self.admit(given, address)
        who = (principal.user, principal.org)
        return await self._admit(
            f"session {principal.session}",
            address,
            lambda: self._by_session(principal.session, None, who),
            SESSION_OVER,
        )

    def forget(self, credential: str) -> None:
        """Remember nothing of a key or session: it has just ended here. Other processes find out by themselves."""
        self._forget(lambda who: who.credential == credential)

    def forget_user(self, user: str) -> None:
        """Remember nothing of a user, whose sessions have just ended here."""
        self._forget(lambda who: who.user == user)

    def _forget(self, is_meant: Callable[[Principal], bool]) -> None:
        for key in [key for key, (_, who) in self._known.items() if is_meant(who)]:
            del self._known[key]

    async def _admit(self, given: str, address: str, find: _Find, refusal: str) -> Principal:
        digest = hash_of(given)
        known = self._known.get(digest)
        if known and known[0] > self._clock():
            return known[1]
        party = one_party(address)
        # What was good a moment ago is no guess, however many others guess behind the same address.
        if not known:
            looked = await self._guesses.look(KEYS, party)
            if looked.wait_s:
                raise too_many("unknown keys, tokens or sessions", looked.wait_s)
        try:
            found = await self._find_together(digest, find)
            if found is None:
                raise NotAuthenticated(refusal)
        except NotAuthenticated as error:
            self._known.pop(digest, None)
            if not known and not isinstance(error, TokenExpired):
                await self._guesses.count(KEYS, party)
            raise
        self._remember(digest, found)
        return found.principal

    async def _find_together(self, digest: str, find: _Find) -> _Found | None:
        """As `find`; those who ask for one credential at the same time share one query.

        Else the thousand sockets of one key, looked at again in the same moment, take every connection to the database.
        """
        if digest not in self._asking:
            asking = self._asking[digest] = asyncio.ensure_future(find())
            asking.add_done_callback(lambda ended: self._asked(digest, ended))
        return await asyncio.shield(self._asking[digest])

    def _asked(self, digest: str, ended: asyncio.Future[_Found | None]) -> None:
        del self._asking[digest]
        if not ended.cancelled():
            ended.exception()  # whoever still waits raises it; where nobody does, nobody needs it

    async def _by_key(self, key: str) -> _Found | None:
        if not is_key(key):
            return None
        asked = KeyParams(hash=hash_of(key), now=datetime.now(UTC))
        row = await self._store.fetch_one(GET_KEY.bind(asked))
        if row is None:
            return None
        if self._on_use is not None:
            self._on_use(row.key, row.used_at)
        return _Found(
            Principal(
                user=row.user,
                email=row.email,
                org=row.org,
                org_name=row.org_name,
                role=row.role,
                credential=row.key,
                permissions=granted(
                    row.role, row.own, row.scopes, is_platform_admin=row.is_platform_admin
                ),
                clearance=lowest(row.clearance, row.key_clearance),
            )
        )

    async def _by_token(self, token: str) -> _Found | None:
        assert self._tokens is not None  # noqa: S101 - `admit` looked
        claims = await self._tokens.check(token)
        found = await self._by_session(claims.sid, None, (claims.sub, claims.org), "TOKEN")
        return found and _Found(found.principal, claims.exp - time.time())

    async def _by_cookie(self, value: str) -> _Found | None:
        secret = cookie_secret(value)
        if secret is None:
            return None
        return await self._by_session(id_of(secret), secret, kind="COOKIE")

    async def _by_session(
        self,
        session: str,
        secret: str | None,
        who: tuple[str, str] | None = None,
        kind: Kind | None = None,
    ) -> _Found | None:
        row = await self._sessions.find(session, secret)
        if row is None or (who and who != (row.user, row.org)) or (kind and kind != row.kind):
            return None
        try:
            await self._sessions.note_use(row)
        except (
            StoreUnavailable
        ) as error:  # it was read a moment ago, so it is good; a later use is noted
            log.warning("the use of a session was not noted", reason=str(error))
        return _Found(principal_of(row))

    def _remember(self, digest: str, found: _Found) -> None:
        good_until = self._clock() + min(REMEMBERED_S, found.good_for_s)
        self._known[digest] = (good_until, found.principal)
        self._known.move_to_end(digest)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


def principal_of(row: SessionRow) -> Principal:
    """Who has a session."""
    return Principal(
        user=row.user,
        email=row.email,
        org=row.org,
        org_name=row.org_name,
        role=row.role,
        credential=row.session,
        session=row.session,
        permissions=granted(row.role, row.own, None, is_platform_admin=row.is_platform_admin),
        clearance=row.clearance,
    )
