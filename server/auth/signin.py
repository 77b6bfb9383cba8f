"""Signing in, going on, changing the organization, signing out.

Whoever does not come in is told one thing, whatever was wrong; it takes as long for an address that nobody has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from graph.errors import MirageError, NotPermitted
from graph.model.values.contact import EMAIL
from graph.queries import auth_login as queries
from graph.store import Store
from server.auth.events import Happened, Record, event
from server.auth.factors import SecondFactors, Shown
from server.auth.gate import Gate, principal_of
from server.auth.passwords import Passwords
from server.auth.policy import Principal
from server.auth.refusals import (
    OrganizationNeeded,
    SecondFactorNeeded,
    SessionEnded,
    SignInRefused,
)
from server.auth.sessions import (
    KEPT_FOR,
    Client,
    Issued,
    Kind,
    Sessions,
    TokenReused,
    Wanted,
    cookie_secret,
    hash_of,
    id_of,
    refresh_secret,
)
from server.auth.throttle import Attempt, Throttle
from server.auth.tokens import AccessTokens

REFUSED = "the e-mail address, the password or the code is wrong, or the account may not sign in"


@dataclass(frozen=True)
class Means:
    """What signing in is done with. One per process."""

    store: Store
    gate: Gate
    sessions: Sessions
    tokens: AccessTokens
    passwords: Passwords
    factors: SecondFactors
    throttle: Throttle
    record: Record
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def login_of(self, email: str, device: str = "") -> queries.LoginRow | None:
        """What is kept of the user with this address."""
        asked = queries.LoginParams(
            email=email,
            device=hash_of(device) if device else None,
            since=self.clock() - KEPT_FOR,
        )
        return await self.store.fetch_one(queries.GET_LOGIN.bind(asked))


@dataclass(frozen=True)
class Given:
    """What somebody shows to come in."""

    email: str
    password: str
    code: str = ""
    organization: str = ""
    kind: Kind = "TOKEN"


@dataclass(frozen=True)
class SignedIn:
    """Somebody who came in. `access_token` is empty for a browser, whose cookie is all it needs."""

    issued: Issued
    email: str
    access_token: str


class SignIn:
    """Begins, renews and ends sessions for people."""

    def __init__(self, means: Means) -> None:
        self._means = means

    @property
    def record(self) -> Record:
        """Where it is told who came in, and who was not let in."""
        return self._means.record

    async def sign_in(self, given: Given, client: Client, former_cookie: str = "") -> SignedIn:
        """Let somebody in by password and code; a session of the same browser ends.

        Raises SignInRefused, SecondFactorNeeded, OrganizationNeeded, TooManyGuesses, HashingBusy.
        """
        account = account_of(given.email)
        user = await self._means.login_of(account, client.device)
        is_known = user is not None and user.is_known_device
        try:
            attempt = await self._means.throttle.begin(account, client, is_known_device=is_known)
            wanted = await self._wanted(user, given, attempt)
            signed_in = await self.issue(wanted, account, client)
        except MirageError as error:
            who = user.user if user else None
            await self._means.record.happened(event("SIGN_IN", who, client, reason=error.code))
            raise
        await self._means.throttle.succeeded(attempt)
        await self.end_former(former_cookie)
        return signed_in

    async def issue(self, wanted: Wanted, email: str, client: Client) -> SignedIn:
        """Begin a session for a user who has proven who they are, by whatever means; `wanted.method` names it.

        Raises NotPermitted where the user may not enter the organization.
        """
        if wanted.kind == "TOKEN":
            await self._means.tokens.ready()
        issued = await self._means.sessions.issue(wanted, client)
        await self._tell("SIGN_IN", issued, client, wanted.method)
        return SignedIn(issued, email, await self._access_token(issued))

    async def refresh(self, refresh_token: str, client: Client) -> SignedIn:
        """The next tokens of a session. Raises SessionEnded."""
        await self._means.tokens.ready()
        try:
            issued = await self._means.sessions.renew(refresh_token, client)
        except TokenReused as error:
            self._means.gate.forget(error.session)
            more = {"org": error.org, "session": error.session, "reason": error.code}
            await self._means.record.happened(event("TOKEN_REUSED", error.user, client, **more))
            raise
        return SignedIn(issued, "", await self._access_token(issued))

    async def switch(self, principal: Principal, organization: str, client: Client) -> SignedIn:
        """A session in another organization in place of this one; it ends when this one would have.

        Raises NotPermitted, SessionEnded.
        """
        live = await self._means.sessions.find(principal.session) if principal.session else None
        if live is None:
            raise SessionEnded("there is no session to change; sign in")
        kind: Kind = "COOKIE" if live.kind == "COOKIE" else "TOKEN"
        wanted = Wanted(live.user, organization, kind, "SWITCH", live.expires_at)
        issued = await self._means.sessions.issue(wanted, client)
        await self.end(principal, "changed the organization")
        await self._tell("SWITCH", issued, client, "SWITCH")
        return SignedIn(issued, live.email, await self._access_token(issued))

    async def sign_out(self, principal: Principal, client: Client) -> None:
        """End the session that asks. Raises SessionEnded where a key asks: it has none."""
        if not principal.session:
            raise SessionEnded("an API key has no session to end")
        await self.end(principal, "signed out")
        more = {"org": principal.org, "session": principal.session}
        await self._means.record.happened(event("SIGN_OUT", principal.user, client, **more))

    async def sign_out_token(self, refresh_token: str, client: Client) -> None:
        """End the session of a refresh token. One that is none, or is over, is signed out already."""
        secret = refresh_secret(refresh_token)
        live = await self._means.sessions.find(id_of(secret), secret) if secret else None
        if live is not None:
            await self.sign_out(principal_of(live), client)

    async def end(self, principal: Principal, why: str) -> None:
        """End the session that asks, here at once."""
        await self._means.sessions.end(principal.user, principal.session, why)
        self._means.gate.forget(principal.session)

    async def choices(self, user: str) -> list[queries.ChoiceRow]:
        """The organizations that a user may enter, by name."""
        return await self._means.store.fetch(
            queries.LIST_CHOICES.bind(queries.UserParams(user=user))
        )

    async def _wanted(
        self, user: queries.LoginRow | None, given: Given, attempt: Attempt
    ) -> Wanted:
        """The session that somebody has proven to have a right to."""
        found = await self._proven(user, given.password)
        shown = await self._second_factor(found, given.code, attempt)
        # Before the code is used: who has to choose an organization sends the same code again.
        org = await self._organization(found.user, given.organization)
        if shown is None:
            return Wanted(found.user, org, given.kind, "PASSWORD")
        await self._means.factors.take(shown)
        return Wanted(found.user, org, given.kind, f"PASSWORD+{shown.method}")

    async def _proven(self, user: queries.LoginRow | None, password: str) -> queries.LoginRow:
        kept = user.password if user else None
        is_right = await self._means.passwords.verify(password, kept)
        if user is None or kept is None or not is_right or user.is_suspended:
            raise SignInRefused(REFUSED)
        if self._means.passwords.should_rehash(kept):
            await self._rehash(user.user, password, kept)
        return user

    async def _rehash(self, user: str, password: str, former: str) -> None:
        """Keep the password as it is kept today, unless another was set meanwhile."""
        hashed = await self._means.passwords.hash_password(password)
        params = queries.PasswordParams(
            user=user, password=hashed, former=former, now=self._means.clock()
        )
        await self._means.store.fetch_one(queries.UPSERT_PASSWORD.bind(params))

    async def _second_factor(
        self, user: queries.LoginRow, code: str, attempt: Attempt
    ) -> Shown | None:
        if user.factor is None:
            return None
        if not code:
            await self._means.throttle.half_way(attempt)
            raise SecondFactorNeeded("send the code of your authenticator app, too")
        await self._means.throttle.begin_code(attempt)
        try:
            return await self._means.factors.check(user.user, code)
        except SignInRefused as error:
            raise SignInRefused(REFUSED) from error

    async def _organization(self, user: str, wanted: str) -> str:
        choices = await self.choices(user)
        # An id counts before a name: nobody keeps people out of one by giving another its id as a name.
        chosen = [each for each in choices if wanted == each.org] or [
            each for each in choices if wanted in ("", each.name)
        ]
        if not choices:
            raise SignInRefused(REFUSED)
        if not chosen:
            raise NotPermitted("the account may not enter this organization")
        if len(chosen) > 1:
            listed = [(each.org, each.name) for each in chosen]
            raise OrganizationNeeded("name the organization to sign in to", listed)
        return chosen[0].org

    async def _access_token(self, issued: Issued) -> str:
        if issued.kind == "COOKIE":
            return ""
        return await self._means.tokens.issue(issued.user, issued.org, issued.id)

    async def end_former(self, cookie: str) -> None:
        """A browser that signs in anew has one session, not two."""
        secret = cookie_secret(cookie)
        former = await self._means.sessions.find(id_of(secret), secret) if secret else None
        if former is not None:
            await self._means.sessions.end(former.user, former.session, "signed in anew")
            self._means.gate.forget(former.session)

    async def _tell(self, happened: Happened, issued: Issued, client: Client, method: str) -> None:
        more = {"org": issued.org, "session": issued.id, "method": method}
        await self._means.record.happened(event(happened, issued.user, client, **more))


def account_of(email: str) -> str:
    """An address in the form that accounts are known by; what is none stays as it is and has no account."""
    text = email.strip()
    try:
        return EMAIL(text)
    except MirageError:
        return text.casefold()
