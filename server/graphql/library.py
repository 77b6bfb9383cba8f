"""Documents by their names: trusted ones, given before the start, and those that callers sent before.

A name is the SHA-256 of a document's text, or for a trusted one what its manifest calls it. What callers sent is kept
for their organization alone, and within a bound of bytes: whoever is told that it is not known sends it again
(automatic persisted queries). Where only trusted documents are answered, any other is refused, whatever it asks for.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graph.errors import InvalidQuestion, MirageError
from server.graphql.document import hash_of
from server.graphql.limits import MOST_QUERY_LENGTH

MOST_BYTES = 16 * 1024 * 1024
PREFIX = "sha256:"
_APOLLO = "apollo-persisted-query-manifest"


class DocumentNotKnown(MirageError):
    """No document of that name is known; send its text along with the name."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class DocumentNotTrusted(MirageError):
    """Only documents that were given before the start are answered here, and this is none of them."""

    code = "DOCUMENT_NOT_TRUSTED"


class InvalidDocuments(MirageError, ValueError):
    """A file of trusted documents that cannot be read as one; the message names the file and the place."""

    code = "INVALID_DOCUMENTS"


class Library:
    """The documents. One per process."""

    def __init__(
        self, trusted: Mapping[str, str] = MappingProxyType({}), *, trusts_only: bool = False
    ) -> None:
        """`trusted` are texts by name; each is known by its hash, too."""
        self._trusted = {**trusted, **{hash_of(text): text for text in trusted.values()}}
        self._texts = frozenset(trusted.values())
        self._trusts_only = trusts_only
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._bytes = 0

    def find(self, name: str, org: str) -> str:
        """The text of a document. Raises DocumentNotKnown, DocumentNotTrusted."""
        name = name.removeprefix(PREFIX)
        text = self._trusted.get(name)
        if text is None and self._trusts_only:
            raise DocumentNotTrusted("only trusted documents are answered here, and this is none")
        if text is None:
            text = self._kept.get((org, name))
            if text is None:
                raise DocumentNotKnown("PersistedQueryNotFound")
            self._kept.move_to_end((org, name))
        return text

    def check(self, text: str, name: str | None) -> None:
        """Whether a text that was sent may be asked, and is what its name says.

        Raises DocumentNotTrusted, InvalidQuestion.
        """
        if self._trusts_only and text not in self._texts:
            raise DocumentNotTrusted("only trusted documents are answered here, and this is none")
        if name is not None and name.removeprefix(PREFIX).lower() != hash_of(text):
            raise InvalidQuestion("the SHA-256 that names the document is that of another text")

    def keep(self, text: str, org: str) -> None:
        """Know a text that was found good, in its organization; the longest unused ones go for it."""
        key = (org, hash_of(text))
        if self._kept.pop(key, None) is None:
            self._bytes += _size(text)
        self._kept[key] = text
        while self._bytes > MOST_BYTES:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= _size(gone)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def read_trusted(place: Path) -> dict[str, str]:
    """Trusted documents by name: of a folder of `.graphql` files, or of a manifest as Relay or Apollo write it.

    Relay's is one object of texts by name, Apollo's a list of objects with `id` and `body`. Raises InvalidDocuments.
    """
    try:
        if place.is_dir():
            files = sorted(place.rglob("*.graphql"))
            return {hash_of(text): text for text in (each.read_text("utf-8") for each in files)}
        found = json.loads(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidDocuments(f"{place}: {error}") from error
    return dict(_checked(place, _listed(place, found)))


def _listed(place: Path, found: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(found, dict) and found.get("format") == _APOLLO:
        operations = found.get("operations")
        if not isinstance(operations, list):
            raise InvalidDocuments(f"{place}: operations: a list is right")
        return [(each.get("id"), each.get("body")) for each in operations if isinstance(each, dict)]
    if isinstance(found, dict):
        return found.items()
    raise InvalidDocuments(
        f"{place}: an object of texts by name, or a manifest of Apollo's, is right"
    )


def _checked(place: Path, listed: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, str]]:
    for name, text in listed:
        if not isinstance(name, str) or not isinstance(text, str) or not text.strip():
            raise InvalidDocuments(f"{place}: {str(name)[:100]!r}: a name and a document are right")
        if len(text) > MOST_QUERY_LENGTH:
            raise InvalidDocuments(
                f"{place}: {name[:100]!r}: more than {MOST_QUERY_LENGTH} characters"
            )
        yield name, text
