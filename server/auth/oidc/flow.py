"""Going to a provider and coming back: the authorization code flow with PKCE (RFC 6749, 7636, 9207, 9700).

What a browser brings back counts only where that very browser was sent: its mark (a cookie for ten minutes) and the
`state` belong together, once. `nonce` and the PKCE verifier follow from both by HMAC, so nothing that has to stay
secret is kept anywhere on the way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from redis.asyncio import Redis
from redis.exceptions import RedisError

from graph.errors import MirageError, NotFound
from server.auth.events import event
from server.auth.guesses import BEGINNINGS, Guesses, one_party
from server.auth.oidc.accounts import FederatedAccounts, check_choices
from server.auth.oidc.claims import Expected, Person, check_claims, read_token
from server.auth.oidc.discovery import Directory, Metadata
from server.auth.oidc.fetch import HEADERS, fetch_json, in_time
from server.auth.oidc.providers import Provider
from server.auth.oidc.refusals import OidcRefused, OidcUnavailable
from server.auth.sessions import Client, Wanted, hash_of
from server.auth.signin import SignedIn, SignIn

VISIT_LIFE = timedelta(minutes=10)
START_PAGE = "/graphiql/"
PREFIX = "mirage:oidc:"

_STATE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1000}\Z")  # printable ASCII without a backslash
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Visit:
    """Who goes to a provider or comes back: from where, with which mark, signed in as whom before."""

    client: Client
    mark: str
    former_cookie: str = ""


@dataclass(frozen=True)
class Answer:
    """What a browser brings back; each is empty where it is missing."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""
    error_description: str = ""


@dataclass(frozen=True)
class Redeemed:
    """What a code was good for: an ID token, which has to say `nonce`, and an access token (empty without one)."""

    token: str
    access_token: str
    nonce: str


@dataclass(frozen=True)
class Entered:
    """Somebody who came in, and the local path they wanted to."""

    signed_in: SignedIn
    path: str


class Oidc:
    """Sends people to providers and lets them in when they come back. One per process."""

    def __init__(
        self,
        providers: Sequence[Provider],
        base: str,
        sign_in: SignIn,
        accounts: FederatedAccounts,
        redis: Redis,
        guesses: Guesses,
    ) -> None:
        self.providers = tuple(providers)
        self.base = base
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._sign_in = sign_in
        self._accounts = accounts
        self._redis = redis
        self._guesses = guesses
        self._record = sign_in.record
        self._known = {each.name: (each, Directory(each)) for each in providers}

    def callback_of(self, provider: Provider) -> str:
        """Where a provider sends people back: the one address for it, whatever the request says."""
        return f"{self.base}/auth/oidc/{provider.name}/callback"

    async def begin(self, name: str, path: str, visit: Visit) -> str:
        """The address at the provider to go to. Raises NotFound, OidcRefused, OidcUnavailable, TooManyGuesses."""
        provider, directory = self._find(name)
        try:
            path = local_path(path)
            party = one_party(visit.client.address)
            await self._guesses.take(BEGINNINGS, party, "visits to sign-in providers")
            async with in_time():
                metadata = await directory.metadata()
            return await self._address(provider, metadata, path, visit)
        except MirageError as error:
            await self._tell_refused(provider, visit, error)
            raise

    async def complete(self, name: str, answer: Answer, visit: Visit) -> Entered:
        """Let somebody in who comes back. Raises NotFound, OidcRefused, OidcUnavailable, NotPermitted."""
        provider, directory = self._find(name)
        try:
            path = await self._take_state(provider, answer.state, visit)
            async with in_time():
                metadata = await directory.metadata()
                _check_answer(answer, provider, metadata)
                found = await self._redeem(provider, metadata, answer, visit.mark)
                person = await self._person(provider, directory, metadata, found)
            signed_in = await self._enter(provider, person, visit)
        except MirageError as error:
            await self._tell_refused(provider, visit, error)
            raise
        await self._sign_in.end_former(visit.former_cookie)
        return Entered(signed_in, path)

    def _find(self, name: str) -> tuple[Provider, Directory]:
        if name not in self._known:
            raise NotFound("there is no such way to sign in")
        return self._known[name]

    async def _address(
        self, provider: Provider, metadata: Metadata, path: str, visit: Visit
    ) -> str:
        state = secrets.token_urlsafe(32)
        kept = {"provider": provider.name, "mark": hash_of(visit.mark), "path": path}
        try:
            await self._redis.set(PREFIX + hash_of(state), json.dumps(kept), ex=VISIT_LIFE)
        except RedisError as error:
            raise _forgetful() from error
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            provider.client_id,
            "code",
            redirect_uri=self.callback_of(provider),
            scope=list(provider.scopes),
            state=state,
            response_mode="query",
            nonce=_derived(visit.mark, "nonce", state),
            code_challenge=create_s256_code_challenge(_derived(visit.mark, "verifier", state)),
            code_challenge_method="S256",
            acr_values=" ".join(provider.acr) or None,
            max_age=provider.max_age_s,
        )
        return address

    async def _take_state(self, provider: Provider, state: str, visit: Visit) -> str:
        """The path that was wanted where this visit began; the state is good no second time."""
        if not _STATE.match(state) or not visit.mark:
            raise OidcRefused(
                "STATE_MISSING",
                f"this browser did not begin to sign in here, or long ago; begin at {self.base}/signin",
            )
        try:
            kept = await self._redis.getdel(PREFIX + hash_of(state))
        except RedisError as error:
            raise _forgetful() from error
        if kept is None:
            raise OidcRefused("STATE_USED", "this sign-in was used, or took too long; begin anew")
        begun = json.loads(kept)
        if begun["provider"] != provider.name:
            raise OidcRefused("STATE_PROVIDER", "this sign-in was begun with another provider")
        if not hmac.compare_digest(begun["mark"], hash_of(visit.mark)):
            raise OidcRefused("STATE_FOREIGN", "this sign-in was begun in another browser")
        return local_path(begun["path"])

    async def _redeem(
        self, provider: Provider, metadata: Metadata, answer: Answer, mark: str
    ) -> Redeemed:
        """What the provider gives for the code."""
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self.callback_of(provider),
            code=answer.code,
            code_verifier=_derived(mark, "verifier", answer.state),
        )
        _, headers, body = _authentication(provider, metadata).prepare(
            "POST", metadata.token_endpoint, {**HEADERS, **_FORM}, body
        )
        status, said = await fetch_json(metadata.token_endpoint, body, headers)
        if status != 200 or "error" in said:
            raise OidcRefused("CODE", f"{provider.title} did not accept the code it gave")
        token, access_token = said.get("id_token"), said.get("access_token", "")
        if not isinstance(token, str) or not isinstance(access_token, str):
            raise OidcRefused("TOKEN_MISSING", f"{provider.title} gave no ID token")
        return Redeemed(token, access_token, _derived(mark, "nonce", answer.state))

    async def _person(
        self, provider: Provider, directory: Directory, metadata: Metadata, found: Redeemed
    ) -> Person:
        """Who came back."""
        algorithm, claims = await read_token(found.token, metadata.algorithms, directory.key)
        expected = Expected(provider, found.nonce, found.access_token, self.clock())
        return check_claims(claims, algorithm, expected)

    async def _enter(self, provider: Provider, person: Person, visit: Visit) -> SignedIn:
        user = await self._accounts.user_of(person, provider, visit.client)
        choices = await self._sign_in.choices(user.user)
        check_choices(choices, provider, user.user)
        wanted = Wanted(user.user, choices[0].org, "COOKIE", provider.method)
        return await self._sign_in.issue(wanted, user.email, visit.client)

    async def _tell_refused(self, provider: Provider, visit: Visit, error: MirageError) -> None:
        reason, user = getattr(error, "reason", error.code), getattr(error, "user", None)
        more = {"method": provider.method, "reason": reason}
        await self._record.happened(event("SIGN_IN", user, visit.client, **more))


def local_path(given: str) -> str:
    """A path of this server to go to; empty means the usual one. Raises OidcRefused for anything else."""
    if not given:
        return START_PAGE
    if not _PATH.match(given):
        raise OidcRefused("RETURN_PATH", "only a path of this server can be returned to")
    return given


def _check_answer(answer: Answer, provider: Provider, metadata: Metadata) -> None:
    if answer.iss != metadata.issuer and (answer.iss or metadata.says_issuer):
        raise OidcRefused("MIX_UP", "the answer comes from another provider than was asked")
    if answer.error:
        said = f"{answer.error[:60]} {answer.error_description[:200]}".strip()
        raise OidcRefused("DENIED", f"{provider.title} did not let you in: {said}")
    if not answer.code:
        raise OidcRefused("CODE_MISSING", f"{provider.title} gave no code")


def _authentication(provider: Provider, metadata: Metadata) -> ClientAuth:
    secret = provider.client_secret.get_secret_value()
    if not secret:
        return ClientAuth(provider.client_id, "", "none")
    if metadata.is_secret_in_body:
        return ClientAuth(provider.client_id, secret, "client_secret_post")
    # RFC 6749, 2.3.1: both are form-encoded before they become a user's name and password.
    return ClientAuth(quote_plus(provider.client_id), quote_plus(secret), "client_secret_basic")


def _derived(mark: str, what: str, state: str) -> str:
    made = hmac.new(mark.encode(), f"{what} {state}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _forgetful() -> OidcUnavailable:
    return OidcUnavailable("REDIS", "signing in by a provider does not work now; try again")
