"""What a provider says of itself (OpenID Connect Discovery 1.0) and its keys, kept for an hour.

While the provider is away or slow, what is known goes on serving for a day. A key that is not known has the keys
fetched anew, once a minute at most; those who wait at the same time share one request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from server.auth.oidc.fetch import fetch_json, is_allowed
from server.auth.oidc.providers import Provider
from server.auth.oidc.refusals import OidcUnavailable

log = structlog.get_logger(__name__)

FRESH_S = 3_600.0
SERVES_S = 86_400.0
TRY_AGAIN_S = 10.0
PATIENCE_S = 0.5  # with a fetch that takes the place of what is known
KEYS_AGAIN_S = 60.0
MOST_KEYS = 100
LEAST_RSA_BITS = 2_048

# What is trusted for signing: nothing that a shared secret could make, and never `none`.
ALGORITHMS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {
    "RS256": RSAKey,
    "PS256": RSAKey,
    "ES256": ECKey,
    "EdDSA": OKPKey,
    "Ed25519": OKPKey,  # the same by its newer name (RFC 9864)
}

CURVES = {"ES256": "P-256", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}

Key = RSAKey | ECKey | OKPKey
T = TypeVar("T")


@dataclass(frozen=True)
class Metadata:
    """What is used of a provider's configuration document, checked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    is_secret_in_body: bool
    says_issuer: bool


@dataclass(frozen=True)
class NamedKey:
    """A public key for signatures; `kid` and `algorithm` are empty where the provider does not say."""

    kid: str
    algorithm: str
    key: Key

    def fits(self, algorithm: str) -> bool:
        """Whether it can have made signatures of that algorithm."""
        is_kind = isinstance(self.key, ALGORITHMS[algorithm])
        curve = CURVES.get(algorithm)
        is_curve = curve is None or getattr(self.key, "curve_name", None) == curve
        return is_kind and is_curve and self.algorithm in ("", algorithm)


class Kept(Generic[T]):
    """Something fetched, kept while it is fresh, and for longer while it cannot be fetched again."""

    def __init__(self, fetch: Callable[[], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._value: T | None = None
        self._at = self._tried_at = float("-inf")
        self._again_after_s = KEYS_AGAIN_S
        self._coming: asyncio.Future[T] | None = None

    async def get(self) -> T:
        """What is known, or else fetched. Raises OidcUnavailable."""
        age, since_tried = self._clock() - self._at, self._clock() - self._tried_at
        is_fresh = age < FRESH_S or (age < SERVES_S and since_tried < TRY_AGAIN_S)
        known = self._value
        if known is not None and is_fresh:
            return known
        if known is None or age >= SERVES_S:
            return await self._together()
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._together()
        except (OidcUnavailable, TimeoutError) as error:
            # A slow one may still answer: what comes then is for whoever asks next.
            reason = getattr(error, "reason", "SLOW")
            log.warning("what is known of a provider goes on serving", reason=reason)
            return known

    async def get_again(self) -> T:
        """As it is now, unless it was asked for within the last minute, or in vain just now. Raises OidcUnavailable."""
        is_soon = self._clock() - self._tried_at < self._again_after_s
        if self._coming is None and is_soon and self._value is not None:
            return self._value
        return await self._together()

    async def _together(self) -> T:
        if self._coming is None:
            self._tried_at = self._clock()
            self._coming = asyncio.ensure_future(self._fetch())
            self._coming.add_done_callback(self._came)
        return await asyncio.shield(self._coming)

    def _came(self, done: asyncio.Future[T]) -> None:
        self._coming = None
        is_there = not done.cancelled() and done.exception() is None
        if is_there:
            self._value, self._at = done.result(), self._clock()
        self._again_after_s = KEYS_AGAIN_S if is_there else TRY_AGAIN_S


class Directory:
    """One provider's metadata and keys. One per provider and process."""

    def __init__(self, provider: Provider, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._metadata = Kept(self._fetch_metadata, clock)
        self._keys = Kept(self._fetch_keys, clock)

    async def metadata(self) -> Metadata:
        """What the provider says of itself. Raises OidcUnavailable."""
        return await self._metadata.get()

    async def key(self, kid: str, algorithm: str) -> Key | None:
        """The one key that made a signature; None where there is none, or where it could be several.

        Raises OidcUnavailable.
        """
        found = _pick(await self._keys.get(), kid, algorithm)
        return found or _pick(await self._keys.get_again(), kid, algorithm)

    async def _fetch_metadata(self) -> Metadata:
        issuer = self._provider.issuer
        status, said = await fetch_json(get_well_known_url(issuer, external=True))
        if status != 200:
            raise _wrong("STATUS", f"answers {status} where its configuration should be")
        if said.get("issuer") != issuer:
            raise _wrong("ISSUER", "says that it is another issuer than the configured one")
        return metadata_of(said, issuer)

    async def _fetch_keys(self) -> Sequence[NamedKey]:
        status, said = await fetch_json((await self.metadata()).jwks_uri)
        listed = said.get("keys")
        if status != 200 or not isinstance(listed, list):
            raise _wrong("KEYS", "gives no keys")
        keys = [key for each in listed[:MOST_KEYS] if (key := named_key(each))]
        if not keys:
            raise _wrong("KEYS", "gives no key for signatures that can be used")
        return keys


def metadata_of(said: Mapping[str, Any], issuer: str) -> Metadata:
    """The parts of a configuration document. Raises OidcUnavailable where one is not usable."""
    places = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_allowed(said.get(name), issuer):
            raise _wrong("ENDPOINT", f"names no {name} that may be used")
        places[name] = str(said[name])
    # OpenID Connect asks providers to know RS256, so that is what one offers that does not say.
    offered = _texts(said, "id_token_signing_alg_values_supported", ["RS256"])
    algorithms = tuple(name for name in ALGORITHMS if name in offered)
    if not algorithms:
        raise _wrong("ALGORITHMS", f"signs with none of {', '.join(ALGORITHMS)}")
    # Many providers know PKCE without saying so; one that says what it knows has to know this.
    if "S256" not in _texts(said, "code_challenge_methods_supported", ["S256"]):
        raise _wrong("PKCE", "does not know PKCE with S256")
    ways = _texts(said, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        issuer=issuer,
        algorithms=algorithms,
        is_secret_in_body="client_secret_basic" not in ways and "client_secret_post" in ways,
        says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        **places,
    )


def named_key(said: object) -> NamedKey | None:
    """A key of a set; None for one that is for something else, too weak, or of a kind that is not known."""
    if not isinstance(said, dict) or said.get("use", "sig") != "sig" or "d" in said:
        return None
    if said.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    kid, algorithm = said.get("kid", ""), said.get("alg", "")
    if not (isinstance(kid, str) and isinstance(algorithm, str)):
        return None
    try:
        key = JWKRegistry.import_key(said)
        is_weak = isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS
    except (JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("a key of a provider cannot be read", kid=kid[:100], kind=type(error).__name__)
        return None
    if is_weak or not isinstance(key, (RSAKey, ECKey, OKPKey)):
        return None
    return NamedKey(kid, algorithm, key)


def _pick(keys: Sequence[NamedKey], kid: str, algorithm: str) -> Key | None:
    fitting = [each for each in keys if each.fits(algorithm) and (not kid or each.kid == kid)]
    return fitting[0].key if len(fitting) == 1 else None


def _texts(said: Mapping[str, Any], name: str, usual: list[str]) -> list[str]:
    found = said.get(name, usual)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _wrong(reason: str, what: str) -> OidcUnavailable:
    return OidcUnavailable(reason, f"the sign-in provider {what}; its operator has to mend that")
