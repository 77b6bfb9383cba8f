"""Sealing: a value under a key of its own, that key under a master key which has a version.

A sealed text is `v1.<master key's version>.<wrapped key>.<sealed value>`, the last two in URL-safe base64, each a
12-byte nonce and what AES-256-GCM made. The context (what the value is for, as `organization/name`) is bound
to both, so that a sealed text opens only where it was put. A new master key seals what comes; old ones still open, and
`reseal` wraps the value's key anew without touching the value. Nothing here does I/O.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from graph.errors import MirageError

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")


class SealBroken(MirageError):
    """A sealed value that cannot be opened: its master key is not here, or it is not what was sealed."""

    code = "SEAL_BROKEN"


class Sealing(Protocol):
    """Seals and opens values; `MasterKeys` does, and `Keyring`, which reads them anew while a process runs."""

    @property
    def current(self) -> str:
        """The version that seals."""

    def seal(self, value: bytes, context: str) -> str:
        """Seal `value` for `context`."""

    def open(self, sealed: str, context: str) -> bytes:
        """The value. Raises SealBroken."""

    def reseal(self, sealed: str, context: str) -> str:
        """The same value under the current master key. Raises SealBroken."""


@dataclass(frozen=True)
class MasterKeys:
    """The master keys by version; `current` seals, all of them open."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse keys that are none. Raises ValueError."""
        if self.current not in self.keys:
            raise ValueError(f"there is no master key of version {self.current!r}")
        for version, key in self.keys.items():
            if not VERSION.match(version):
                raise ValueError(f"{version!r} is no version: letters, digits, - and _ are right")
            if len(key) != KEY_BYTES:
                raise ValueError(
                    f"master key {version}: {KEY_BYTES} bytes are right, not {len(key)}"
                )

    def seal(self, value: bytes, context: str) -> str:
        """Seal `value` for `context`."""
        own = os.urandom(KEY_BYTES)
        wrapped = _encrypt(self.keys[self.current], own, f"key:{context}")
        return ".".join(("v1", self.current, wrapped, _encrypt(own, value, f"value:{context}")))

    def open(self, sealed: str, context: str) -> bytes:
        """The value. Raises SealBroken."""
        _, wrapped, value = self._parts(sealed)
        return _decrypt(self._unwrap(sealed, wrapped, context), value, f"value:{context}")

    def reseal(self, sealed: str, context: str) -> str:
        """The same value under the current master key; the same text if it is already. Raises SealBroken."""
        version, wrapped, value = self._parts(sealed)
        if version == self.current:
            return sealed
        own = self._unwrap(sealed, wrapped, context)
        return ".".join(
            ("v1", self.current, _encrypt(self.keys[self.current], own, f"key:{context}"), value)
        )

    def _unwrap(self, sealed: str, wrapped: str, context: str) -> bytes:
        return _decrypt(self.keys[version_of(sealed)], wrapped, f"key:{context}")

    def _parts(self, sealed: str) -> tuple[str, str, str]:
        parts = sealed.split(".")
        if len(parts) != 4 or parts[0] != "v1":
            raise SealBroken("this is no sealed value")
        if parts[1] not in self.keys:
            raise SealBroken(
                f"the master key of version {parts[1][:32]!r} is not here; add it to the keys that open"
            )
        return parts[1], parts[2], parts[3]


def version_of(sealed: str) -> str:
    """The version of the master key that a value is sealed under; empty for what is no sealed value."""
    parts = sealed.split(".")
    return parts[1] if len(parts) == 4 and parts[0] == "v1" else ""


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    made = nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _decrypt(key: bytes, text: str, bound_to: str) -> bytes:
    try:
        made = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return AESGCM(key).decrypt(made[:NONCE_BYTES], made[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise SealBroken(
            "a sealed value does not open: it was changed, or put elsewhere"
        ) from error
