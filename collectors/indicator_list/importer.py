"""indicator_list: values on lines, with comments, defanged or not.

Whatever a person could type as a seed is a value. A word that names nothing by itself is refused
and told; a value that could be several things is, too, rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import BinaryIO

from collectors._kit.importing import Importer, Record, Row
from collectors._kit.listing import listed
from collectors._kit.unpacking import lines_of, text_of
from graph.errors import Refused
from graph.model.base import Entity
from graph.model.intelligence import Feed
from graph.model.registry import detect
from graph.model.threat import ListedIn
from graph.model.values.refang import refang

COMMENT = re.compile(r"(?:^|\s)(?:#|//).*$|^;.*$")
BETWEEN = re.compile(r"[\s,;|]+")
QUOTES = "\"'`<>()"
SAMPLE_LINES = 30


class IndicatorList(Importer):
    """A text of values."""

    id = "indicator_list"

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:  # noqa: ARG003 - lists have any name
        """By the share of its first lines that hold a value; less sure than any real format."""
        if b"\0" in head:
            return 0.0
        lines = [
            text for line in head.decode("utf-8", "replace").splitlines() if (text := _said(line))
        ]
        sample = lines[:SAMPLE_LINES]
        known = sum(any(_detected(text) for text in _values(line)) for line in sample)
        return 0.5 * known / len(sample) if sample else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """A record for each line that is not empty or a comment."""
        text = text_of(stream, self.limits.max_bytes, str(self.options["encoding"]))
        for number, line, is_cut in lines_of(text, self.limits.max_row_chars):
            record = Record(f"line {number}")
            if is_cut:
                record.refuse(f"longer than {self.limits.max_row_chars:,} characters", line)
            else:
                for value in _values(_said(line)):
                    self._take(record, value)
            yield from record.rows()

    def _take(self, record: Record, value: str) -> None:
        entity = record.keep(lambda: _detected(value) or detect(value), value)
        feed = str(self.options["feed"])
        if entity is not None and feed:
            record.keep(partial(self._listing, entity, feed), value)

    def _listing(self, entity: Entity, feed: str) -> ListedIn:
        return listed(entity, Feed(slug=feed, polarity=self.options["polarity"]))


def _said(line: str) -> str:
    """A line without its comment, refanged. What follows # within a URL is part of it."""
    return refang(COMMENT.sub("", line.replace("\ufeff", "")).strip())


def _values(line: str) -> list[str]:
    """The line as one value if it is one, else its words."""
    bare = line.strip(QUOTES + " ,;")
    if not bare or _detected(bare):
        return [bare] if bare else []
    words = (word.strip(QUOTES) for word in BETWEEN.split(line))
    return [word for word in words if word]


@lru_cache(maxsize=1)  # most lines are one value, which is asked for twice
def _detected(text: str) -> Entity | None:
    try:
        return detect(text)
    except Refused:
        return None
