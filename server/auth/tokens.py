"""Access tokens: JSON Web Tokens as RFC 9068 has them, ten minutes long, of one algorithm.

Nothing of a token is believed before its form is exactly ours and its signature is right; no key, address or
certificate that a token names is ever looked at. A token says which session it belongs to: whether that lives, and
what its user may do, is asked of the graph (`server.auth.gate`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from server.auth.refusals import NotAuthenticated
from server.auth.signing import ALGORITHM, LEEWAY, TOKEN_LIFE, SigningKeys

KIND = "at+jwt"
LONGEST = 4_096
HEADERS = frozenset({"alg", "typ", "kid"})
CLAIMS = frozenset({"iss", "aud", "sub", "org", "sid", "iat", "nbf", "exp", "jti"})
TEXTS = ("sub", "org", "sid", "jti")
MOMENTS = ("iat", "nbf", "exp")
LARGEST_MOMENT = 2**53

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}\Z")


class TokenRefused(NotAuthenticated):
    """An access token that is not good, and why."""


class TokenExpired(TokenRefused):
    """An access token that was good: nobody guessed it."""


@dataclass(frozen=True)
class Claims:
    """What a good token says: the user, the organization, the session, and when it ends."""

    sub: str
    org: str
    sid: str
    exp: int


class AccessTokens:
    """Issues and checks tokens. One per process."""

    def __init__(
        self,
        signing: SigningKeys,
        issuer: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._signing = signing
        self._clock = clock
        self.issuer = issuer
        self.audience = f"{issuer}/graphql"

    async def ready(self) -> None:
        """See that a token can be issued. Raises SealBroken, StoreUnavailable."""
        await self._signing.signer()

    async def issue(self, user: str, org: str, session: str) -> str:
        """A new token, good for `TOKEN_LIFE` from now. Raises SealBroken, StoreUnavailable."""
        kid, key = await self._signing.signer()
        now = int(self._clock().timestamp())
        claims = {
            "iss": self.issuer, "aud": self.audience, "sub": user, "org": org, "sid": session,
            "iat": now, "nbf": now, "exp": now + int(TOKEN_LIFE.total_seconds()), "jti": uuid.uuid4().hex,
        }  # fmt: skip
        header = {"alg": ALGORITHM, "typ": KIND, "kid": kid}
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[ALGORITHM])

    async def check(self, text: str) -> Claims:
        """What a token says. Raises TokenRefused."""
        kid, payload = _parts(text)
        key = await self._signing.public(kid)
        if key is None:
            raise TokenRefused("the access token names a key that is not ours")
        try:
            jws.deserialize_compact(text, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise TokenRefused("the access token's signature is wrong") from error
        return self._claims(_object(payload, "claims"))

    def _claims(self, given: Mapping[str, Any]) -> Claims:
        if set(given) != CLAIMS:
            raise TokenRefused("the access token does not have the claims of one")
        if given["iss"] != self.issuer:
            raise TokenRefused("the access token is of another issuer")
        if given["aud"] != self.audience:
            raise TokenRefused("the access token is for another audience")
        for name in TEXTS:
            if not isinstance(given[name], str) or not _ID.match(given[name]):
                raise TokenRefused(f"the access token's {name} is no id")
        self._check_moments(given)
        return Claims(given["sub"], given["org"], given["sid"], given["exp"])

    def _check_moments(self, given: Mapping[str, Any]) -> None:
        for name in MOMENTS:
            if type(given[name]) is not int or not 0 < given[name] < LARGEST_MOMENT:
                raise TokenRefused(f"the access token's {name} is no moment")
        issued, begins, ends = (given[name] for name in MOMENTS)
        now, leeway = self._clock().timestamp(), LEEWAY.total_seconds()
        if not issued <= begins < ends or ends - issued > TOKEN_LIFE.total_seconds():
            raise TokenRefused("the access token lasts longer than one may")
        if now < begins - leeway:
            raise TokenRefused("the access token is not good yet")
        if now > ends + leeway:
            raise TokenExpired("the access token has expired")


def looks_like_token(text: str) -> bool:
    """Whether a text has the outer form of a token."""
    return len(text) <= LONGEST and _FORM.match(text) is not None


def _parts(text: str) -> tuple[str, bytes]:
    """The key's name and the claims' bytes of a text whose header is exactly one of ours. Raises TokenRefused."""
    if not looks_like_token(text):
        raise TokenRefused("this is no access token")
    header, payload, signature = (_decoded(part) for part in text.split("."))
    said = _object(header, "header")
    if set(said) != HEADERS:
        raise TokenRefused("the access token's header says alg, typ and kid, nothing more or less")
    if said["alg"] != ALGORITHM:
        raise TokenRefused(f"access tokens are signed with {ALGORITHM}")
    if said["typ"] != KIND:
        raise TokenRefused(f"an access token is of the type {KIND}")
    if len(signature) != 64:
        raise TokenRefused("the access token's signature is wrong")
    if not isinstance(said["kid"], str) or not _ID.match(said["kid"]):
        raise TokenRefused("the access token names a key that is not ours")
    return said["kid"], payload


def _decoded(part: str) -> bytes:
    """URL-safe base64 in its one right spelling: a token with others would be a second text of the same token."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise TokenRefused("this is no access token") from error
    if base64.urlsafe_b64encode(found).rstrip(b"=") != part.encode():
        raise TokenRefused("this is no access token")
    return found


def _object(text: bytes, what: str) -> dict[str, Any]:
    """A JSON object in which no name stands twice: parsers differ in which of both they take."""
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise TokenRefused(f"the access token's {what} is no JSON object") from error
    if not isinstance(found, dict):
        raise TokenRefused(f"the access token's {what} is no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
