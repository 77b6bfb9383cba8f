"""Reading large XML record by record, without entities, outside references or unbounded nesting.

A document type declaration by itself is harmless and common (nmap writes one), so it is allowed;
declaring an entity or referring to anything outside refuses the file. Only the wanted records are
ever held in memory, one piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from collectors._kit.unpacking import CHUNK_BYTES, FileRefused

MAX_ELEMENTS = 500_000  # in one record


class _Records:
    """The parser's target: builds the wanted children of the root, passes over the rest."""

    def __init__(self, root: str, wanted: frozenset[str], max_depth: int) -> None:
        self.root, self.wanted, self.max_depth = root, wanted, max_depth
        self.depth = self.elements = self.line = self.started = 0
        self.builder: TreeBuilder | None = None
        self.done: list[tuple[int, Element]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.max_depth:
            raise FileRefused(f"line {self.line}: elements nest deeper than {self.max_depth}")
        if self.depth == 1 and tag != self.root:
            raise FileRefused(f"line {self.line}: the root is <{tag}>; <{self.root}> is right")
        if self.depth == 2 and tag in self.wanted:
            self.builder, self.elements, self.started = TreeBuilder(), 0, self.line
        if self.builder is not None:
            self.elements += 1
            if self.elements > MAX_ELEMENTS:
                raise FileRefused(
                    f"line {self.line}: the record has over {MAX_ELEMENTS:,} elements"
                )
            self.builder.start(tag, attributes)

    def data(self, text: str) -> None:
        if self.builder is not None:
            self.builder.data(text)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.builder is None:
            return
        self.builder.end(tag)
        if self.depth == 1:
            self.done.append((self.started, self.builder.close()))
            self.builder = None


def xml_records(
    stream: BinaryIO, root: str, wanted: frozenset[str], max_depth: int
) -> Iterator[tuple[int, Element]]:
    """Each child of the root element `root` whose tag is in `wanted`, with the line it begins on.

    Raises FileRefused for XML that is not well formed (so also for a file that ends too early),
    another root, entity declarations, outside references and nesting over `max_depth`.
    """
    target = _Records(root, wanted, max_depth)
    parser = DefusedXMLParser(target=target, forbid_dtd=False)
    try:
        while piece := stream.read(CHUNK_BYTES):
            # Lines are cheap for the parser to hand over one by one, and their numbers are what a
            # person looks for.
            for line in piece.splitlines(keepends=True):
                target.line = parser.parser.CurrentLineNumber
                parser.feed(line)
            yield from target.done
            target.done.clear()
        parser.close()
    except ParseError as error:
        raise FileRefused(
            f"line {error.position[0]}: the XML is not well formed: {error}"
        ) from error
    except DefusedXmlException as error:
        raise FileRefused(
            f"line {parser.parser.CurrentLineNumber}: declaring an entity, or referring to "
            "another file, is refused"
        ) from error
