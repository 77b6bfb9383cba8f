"""A key service outside: it wraps the master keys, so that no file of ours opens anything by itself.

It is asked when a process reads its master keys, not for each value: while it is away, running processes go on.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from graph.errors import MirageError

WITHIN_S = 5.0


class KeyServiceUnavailable(MirageError):
    """The key service does not answer, or refuses; without it no master key can be read."""

    code = "KEY_SERVICE_UNAVAILABLE"
    is_retryable = True


class KeyService(Protocol):
    """Wraps master keys and unwraps them again. Both raise KeyServiceUnavailable."""

    def wrap(self, key: bytes) -> str:
        """A master key as a text that only the service can open."""

    def unwrap(self, wrapped: str) -> bytes:
        """The master key in such a text."""


@dataclass(frozen=True)
class TransitService:
    """A service that speaks the HTTP interface of HashiCorp Vault's transit engine.

    Its key `name` must exist; `token` needs the right to encrypt and decrypt with it. See
    https://developer.hashicorp.com/vault/api-docs/secret/transit.
    """

    url: str
    name: str
    token: str = field(repr=False)

    def wrap(self, key: bytes) -> str:
        """A master key as a text that only the service can open."""
        return self._ask("encrypt", "plaintext", base64.b64encode(key).decode(), "ciphertext")

    def unwrap(self, wrapped: str) -> bytes:
        """The master key in such a text."""
        try:
            given = self._ask("decrypt", "ciphertext", wrapped, "plaintext")
            return base64.b64decode(given, validate=True)
        except binascii.Error as error:
            raise KeyServiceUnavailable("the key service answered no base64") from error

    def _ask(self, act: str, given: str, value: str, wanted: str) -> str:
        try:
            response = httpx.post(
                f"{self.url.rstrip('/')}/v1/transit/{act}/{self.name}",
                json={given: value},
                headers={"X-Vault-Token": self.token},
                timeout=WITHIN_S,
                trust_env=False,
            )
            response.raise_for_status()
            return str(response.json()["data"][wanted])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            # The answer of a service that goes wrong could hold anything: its words are left out.
            told = getattr(getattr(error, "response", None), "status_code", type(error).__name__)
            raise KeyServiceUnavailable(f"the key service did not {act}: {told}") from None
