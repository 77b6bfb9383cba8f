"""Keeping secrets out of what is stored and shown. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4  # shorter "secrets" would blank out ordinary words
MASK = "[redacted]"


class Redactor:
    """Takes some secrets out of texts and bytes: as they are, and as URLs, JSON, HTML, Python and base64 spell them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        texts = [secret.encode("utf-8", "ignore").decode() for secret in secrets]
        found = {each for text in texts if len(text) >= SHORTEST for each in _spellings(text)}
        # Longest first: one secret may begin like another.
        spelled = sorted(found, key=lambda text: (-len(text), text))
        self._text = re.compile("|".join(map(re.escape, spelled)))
        self._bytes = re.compile(b"|".join(re.escape(each.encode()) for each in spelled))
        self.is_idle = not spelled

    def text(self, given: str) -> str:
        """`given` without the secrets."""
        return given if self.is_idle else self._text.sub(MASK, given)

    def body(self, given: bytes) -> bytes:
        """`given` without the secrets, in UTF-8."""
        return given if self.is_idle else self._bytes.sub(MASK.encode(), given)

    def finds(self, given: str) -> bool:
        """Whether a secret is in `given`."""
        return not self.is_idle and self._text.search(given) is not None


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`."""
    return Redactor(secrets).text(text)


def _spellings(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (repr(secret)[1:-1], html.escape(secret))
    for encoded in (base64.b64encode, base64.urlsafe_b64encode):
        yield encoded(secret.encode()).decode().rstrip("=")
