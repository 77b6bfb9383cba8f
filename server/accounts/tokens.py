"""One-time tokens that travel in links: random, kept as their SHA-256 only, with an end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Token:
    """A token just made. `text` is handed on once and never stored."""

    text: str

    @property
    def hash(self) -> str:
        """What is stored."""
        return hash_of(self.text)


def make_token() -> Token:
    """A new token with 256 random bits."""
    return Token(secrets.token_urlsafe(32))


def hash_of(text: str) -> str:
    """The hash by which a token is found: SHA-256 in lower-case hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Mailer(Protocol):
    """Sends mail. Where there is none, links are handed over by whoever asked for them."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send one message. Raises MirageError where it cannot be sent now."""


@dataclass(frozen=True)
class Links:
    """Where links lead: `base` is the address under which people reach Mirage, without a slash at its end.

    The token stands behind `#`, so that no server, proxy or log on the way sees it.
    """

    base: str = ""

    def invitation(self, token: Token) -> str:
        """Where an invitation is accepted."""
        return f"{self.base}/invitation#{token.text}"

    def password(self, token: Token) -> str:
        """Where a password is set."""
        return f"{self.base}/password#{token.text}"
