"""misp_warninglist: a JSON object with a name, a type and a list of values.

Lists of exact values, names and blocks are taken. A list of substrings or regular expressions names nothing, and is
refused as a whole. Names on a list of type `hostname` stand for themselves here: what lies below them is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from collectors._kit.importing import Importer, Limits, Record, Row
from collectors._kit.listing import listed
from collectors._kit.unpacking import FileRefused, json_of, unpacked
from graph.errors import InvalidFact
from graph.model.intelligence import Feed
from graph.model.registry import detect

EXACT = ("string", "hostname", "cidr")


class MispWarninglist(Importer):
    """A list of values, with what it is called."""

    id = "misp_warninglist"
    limits = Limits(max_bytes=100_000_000)  # a list is held in memory as a whole

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:  # noqa: ARG003 - lists have any name
        """By its members near the beginning: MISP writes them in the order of the alphabet."""
        bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        has_list = b'"list":' in head.replace(b" ", b"")
        return 0.9 if bare.startswith(b"{") and has_list and b'"description"' in head else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each value, in the file's order."""
        document = _document(unpacked(stream, self.limits.max_bytes))
        feed = self._feed(document)
        for number, value in enumerate(document["list"], 1):
            yield from self._entry(f"value {number}", value, feed)

    def _feed(self, document: Mapping[str, Any]) -> Feed:
        name = " ".join(str(document.get("name") or "").split())
        slug = str(self.options["feed"]) or name
        if not slug:
            raise FileRefused("the list has no name; give it one by the option feed")
        try:
            return Feed(slug=slug, name=name or None, polarity=self.options["polarity"])
        except InvalidFact as error:
            raise FileRefused(
                f"its name makes no short name ({error}); give one by the option feed"
            ) from error

    def _entry(self, position: str, value: object, feed: Feed) -> Iterator[Row]:
        record = Record(position)
        if not isinstance(value, str):
            record.refuse("it is no text")
        elif len(value) > self.limits.max_row_chars:
            record.refuse(f"longer than {self.limits.max_row_chars:,} characters", value)
        else:
            bare = value.strip().lstrip(".")
            entity = record.keep(partial(detect, bare), value)
            if entity is not None:
                record.keep(partial(listed, entity, feed), value)
        yield from record.rows()


def _document(content: BinaryIO) -> Mapping[str, Any]:
    """The list as it is written. Raises FileRefused for what is none, or not of exact values."""
    document = json_of(content)
    if not isinstance(document, dict) or not isinstance(document.get("list"), list):
        raise FileRefused("the file is no MISP warning list: it has no list of values")
    sort = document.get("type", "string")
    if sort not in EXACT:
        raise FileRefused(f"a list of type {sort!r} names no values; {', '.join(EXACT)} are taken")
    return document
