"""API keys: how they look, and what is kept of them.

A key is `mk_<prefix>_<secret>`. The secret has 256 random bits, so a plain hash of the key is as good as the key is
secret: nothing slower would make it harder to guess. Only the hash and the prefix are stored.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"mk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True)
class NewKey:
    """A key just made. `text` is shown once and never stored."""

    text: str
    prefix: str

    @property
    def hash(self) -> str:
        """What is stored."""
        return hash_of(self.text)


def make_key() -> NewKey:
    """A new random key."""
    prefix = secrets.token_hex(4)
    return NewKey(f"mk_{prefix}_{secrets.token_urlsafe(32)}", prefix)


def is_key(text: str) -> bool:
    """Whether a text has the form of a key."""
    return _FORM.match(text) is not None


def hash_of(text: str) -> str:
    """The hash by which a key is found: SHA-256 in lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()
