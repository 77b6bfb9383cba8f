"""What an ID token has to be (OpenID Connect Core 3.1.3.7), and what its claims mean here. Pure.

A token is believed when the provider's own key has signed it with an algorithm of ours, it is for us, of now, and
answers the very request that this browser began.
"""

from __future__ import annotations

import hmac
import math
import re
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from authlib.oidc.core.util import create_half_hash
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning

from graph.errors import MirageError
from graph.model.values.contact import EMAIL
from server.auth.oidc.discovery import Key
from server.auth.oidc.providers import Provider, RoleRule
from server.auth.oidc.refusals import OidcRefused

LEEWAY = timedelta(seconds=30)
OLDEST = timedelta(minutes=10)
LONGEST = 65_536
FOREIGN_KEYS = ("jku", "jwk", "x5u", "x5c", "crit")

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}\Z")

FindKey = Callable[[str, str], Awaitable[Key | None]]


@dataclass(frozen=True)
class Expected:
    """What a token has to say: for whom, answering what, as of now. `access_token` came beside it, if any."""

    provider: Provider
    nonce: str
    access_token: str
    now: datetime


@dataclass(frozen=True)
class Person:
    """Who somebody is at a provider. `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str
    claims: Mapping[str, Any]


async def read_token(
    token: str, algorithms: Sequence[str], find: FindKey
) -> tuple[str, dict[str, Any]]:
    """Algorithm and claims of a token whose signature is right. Raises OidcRefused, and what `find` raises."""
    if len(token) > LONGEST or not _FORM.match(token):
        raise OidcRefused("TOKEN_FORM", "the provider's ID token is none")
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    try:
        said: dict[str, Any] = jws.extract_compact(token.encode(), registry=registry).headers()
    except (JoseError, ValueError) as error:
        raise OidcRefused("TOKEN_FORM", "the provider's ID token is none") from error
    algorithm, kid = said.get("alg"), said.get("kid", "")
    _check_header(said, algorithms)
    key = await find(kid, str(algorithm))
    if key is None:
        raise OidcRefused("KEY", "the ID token is signed with a key that is not the provider's")
    try:
        with warnings.catch_warnings():
            # The older name of Ed25519 is what providers still write.
            warnings.simplefilter("ignore", SecurityWarning)
            found = jws.deserialize_compact(token, key, registry=registry)
        claims = orjson.loads(found.payload or b"")
    except (JoseError, ValueError) as error:
        raise OidcRefused("SIGNATURE", "the ID token's signature is wrong") from error
    if not isinstance(claims, dict):
        raise OidcRefused("TOKEN_FORM", "the ID token says nothing")
    return str(algorithm), claims


def _check_header(said: Mapping[str, Any], algorithms: Sequence[str]) -> None:
    if said.get("alg") not in algorithms:
        raise OidcRefused("ALGORITHM", "the ID token is not signed with an algorithm we trust")
    if any(name in said for name in FOREIGN_KEYS):
        raise OidcRefused("HEADER", "the ID token brings a key of its own")
    if str(said.get("typ", "JWT")).upper() != "JWT":
        raise OidcRefused("TYPE", "the token is no ID token")
    if not isinstance(said.get("kid", ""), str):
        raise OidcRefused("HEADER", "the ID token names no key")


def check_claims(claims: Mapping[str, Any], algorithm: str, expected: Expected) -> Person:
    """Who the token is about. Raises OidcRefused with the first thing that is wrong."""
    provider = expected.provider
    if claims.get("iss") != provider.issuer:
        raise OidcRefused("ISSUER", "the ID token is of another issuer")
    _check_audience(claims, provider.client_id)
    _check_moments(claims, provider, expected.now.timestamp())
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode("utf-8", "replace"), expected.nonce.encode()
    ):
        raise OidcRefused("NONCE", "the ID token answers another request")
    _check_access_token(claims, algorithm, expected.access_token)
    _check_authentication(claims, provider)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.match(subject):
        raise OidcRefused("SUBJECT", "the ID token does not say who it is about")
    name = claims.get("name")
    return Person(
        issuer=provider.issuer,
        subject=subject,
        email=_verified_email(claims, provider),
        name=name.strip()[:100] if isinstance(name, str) else "",
        claims=claims,
    )


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    for_whom = [audience] if isinstance(audience, str) else audience
    if not isinstance(for_whom, list) or client_id not in for_whom:
        raise OidcRefused("AUDIENCE", "the ID token is for another application")
    if party != client_id and (party is not None or len(for_whom) > 1):
        raise OidcRefused("PARTY", "the ID token was made for another application")


def _check_moments(claims: Mapping[str, Any], provider: Provider, now: float) -> None:
    issued, ends = _moment(claims, "iat"), _moment(claims, "exp")
    leeway = LEEWAY.total_seconds()
    if now >= ends + leeway:
        raise OidcRefused("EXPIRED", "the ID token has expired; the clocks may differ")
    begins = _moment(claims, "nbf") if "nbf" in claims else issued
    if max(issued, begins) > now + leeway:
        raise OidcRefused("FUTURE", "the ID token is of the future; the clocks may differ")
    if issued < now - OLDEST.total_seconds() - leeway:
        raise OidcRefused("OLD", "the ID token was issued long ago")
    allowed = provider.max_age_s
    if allowed is not None and _moment(claims, "auth_time") < now - allowed - leeway:
        raise OidcRefused("AUTH_TIME", "you proved who you are too long ago")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise OidcRefused("MOMENT", f"the ID token's {name} is no moment")
    return float(found)


def _check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    if "at_hash" not in claims:
        return
    hashed = create_half_hash(access_token, "EdDSA" if algorithm == "Ed25519" else algorithm)
    if not access_token or claims["at_hash"] != hashed.decode():
        raise OidcRefused("ACCESS_TOKEN", "the ID token belongs to another access token")


def _check_authentication(claims: Mapping[str, Any], provider: Provider) -> None:
    if provider.acr and claims.get("acr") not in provider.acr:
        raise OidcRefused("ACR", "the provider did not prove who you are as strongly as is needed")
    done = claims.get("amr")
    if provider.amr and not (isinstance(done, list) and set(provider.amr) <= set(map(str, done))):
        raise OidcRefused("AMR", "the provider did not use the means that are needed here")


def _verified_email(claims: Mapping[str, Any], provider: Provider) -> str:
    """The address, in the form that accounts are known by, where the provider says that it has verified it."""
    given, verified = claims.get("email"), claims.get(provider.verified_claim)
    # Some providers write it as a text, one as a number.
    is_verified = verified is True or verified in ("true", "1") or verified == 1
    if not isinstance(given, str) or not is_verified:
        return ""
    try:
        return EMAIL(given.strip())
    except MirageError:
        return ""


def is_trusted(email: str, provider: Provider) -> bool:
    """Whether the provider's word counts for an address."""
    return bool(email) and email.rpartition("@")[2] in provider.allowed_domains


def fitting_rules(person: Person, provider: Provider) -> list[RoleRule]:
    """The rules that somebody fits; of several for one organization the first."""
    fitting: dict[str, RoleRule] = {}
    for rule in provider.roles:
        if _fits(person, provider, rule):
            fitting.setdefault(rule.organization, rule)
    return list(fitting.values())


def _fits(person: Person, provider: Provider, rule: RoleRule) -> bool:
    if not rule.claim:
        return is_trusted(person.email, provider)
    found: object = person.claims
    for name in rule.claim:
        found = found.get(name) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found]
    # By type, too: 1 is not true, and no number is a text.
    return any(type(each) is type(rule.value) and each == rule.value for each in listed)
