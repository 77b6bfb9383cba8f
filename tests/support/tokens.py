"""Access tokens as attackers make them: signed with any key, or with none, with any header and claims."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey

ISSUER = "https://mirage.example"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
T = int(NOW.timestamp())


def b64(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def as_bytes(value: Mapping[str, Any] | bytes | str) -> bytes:
    """What stands in a part of a token: an object as JSON, anything else as it is."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def signed(
    header: Mapping[str, Any] | bytes | str, claims: Mapping[str, Any] | bytes | str, key: ECKey
) -> str:
    """A token with an ES256 signature over exactly these bytes, whatever they say."""
    start = f"{b64(as_bytes(header))}.{b64(as_bytes(claims))}"
    # The library signs what it has written itself, so the signature is made by its algorithm alone.
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    return f"{start}.{b64(algorithm.sign(start.encode(), key))}"


def keyed(
    header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes, name: str = "sha256"
) -> str:
    """A token with an HMAC over it."""
    start = f"{b64(as_bytes(header))}.{b64(as_bytes(claims))}"
    return f"{start}.{b64(hmac.new(secret, start.encode(), getattr(hashlib, name)).digest())}"


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    """A token with this text in place of a signature."""
    return f"{b64(as_bytes(header))}.{b64(as_bytes(claims))}.{b64(signature)}"


@dataclass(frozen=True)
class Forge:
    """What an attacker knows: our public key, its name, and a good token. `key` is what none of them has."""

    kid: str
    key: ECKey
    good: str
    stranger: ECKey
    retired: tuple[str, ECKey]

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.kid}

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "iss": ISSUER, "aud": f"{ISSUER}/graphql", "sub": "u1", "org": "o1", "sid": "s1",
            "iat": T, "nbf": T, "exp": T + 600, "jti": "j1",
        }  # fmt: skip

    def ours(self, **changes: Any) -> str:
        """Signed by our own key, with other claims: what a second service with the same key might issue."""
        return signed(self.header, self.claims | changes, self.key)

    def headed(self, **changes: Any) -> str:
        """Signed by our own key, with another header."""
        return signed(self.header | changes, self.claims, self.key)

    def without(self, claim: str) -> str:
        return signed(self.header, {k: v for k, v in self.claims.items() if k != claim}, self.key)

    @property
    def pem(self) -> bytes:
        return bytes(self.key.as_pem(private=False))
