"""The form of an importer: a file becomes facts row by row; what cannot be taken is told.

An import is a claim like any other: `import:<sha256 of the file>` about the file, in parts of
bounded size. Reading is a pure function of bytes and options, so a file is read once to see that
it is whole (`examine`, also the preview) and again to give the answers; a file that is refused in
its middle has then written nothing. It does not write to the graph.
"""

from __future__ import annotations

import abc
import hashlib
import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar

from collectors._kit.base import Collector, FileRequest, FileResponse, Request, Response
from collectors._kit.conversation import refuse_undeclared
from collectors._kit.manifest import CollectorManifest
from collectors._kit.unpacking import CHUNK_BYTES, FileRefused, unpacked
from graph.errors import InvalidFact, LimitExceeded, SourceRejected
from graph.facts import MARKINGS, Answer, Content, Outcome
from graph.model.base import Entity, Fact

F = TypeVar("F", bound=Fact)

HEAD_BYTES = 8_192
EXCERPT_CHARS = 120
REPORTED_ROWS = 1_000


@dataclass(frozen=True)
class Limits:
    """What one import may cost. Past a limit the file is refused; past `max_row_chars`, the row."""

    max_bytes: int = 256_000_000  # after unpacking
    max_rows: int = 2_000_000
    max_depth: int = 60  # of nested objects, arrays or elements
    max_row_chars: int = 1_000_000
    max_seconds: float = 600.0  # of reading, without writing


@dataclass(frozen=True)
class ImportedRow:
    """One record of the file that was taken: where it is and the facts it states.

    A record whose facts differ in marking is several rows with one position, one after another.
    """

    position: str  # "line 12", "object 7 (indicator--…)"
    facts: tuple[Fact, ...]
    tlp: str = ""  # the marking that the file puts on the facts: one of graph.facts.MARKINGS


@dataclass(frozen=True)
class Rejection:
    """One record that was refused, or (`is_unmapped`) of a sort without a kind in the ontology."""

    position: str
    reason: str
    excerpt: str = ""
    is_unmapped: bool = False

    @classmethod
    def of(cls, position: str, reason: object, text: str = "") -> Rejection:
        """Refuse the record at `position`; `text` is shortened to an excerpt."""
        flat = " ".join(text.split())
        shown = flat if len(flat) <= EXCERPT_CHARS else f"{flat[: EXCERPT_CHARS - 1]}…"
        return cls(position, str(reason), shown)

    @classmethod
    def unmapped(cls, position: str, what: str) -> Rejection:
        """Leave out the record at `position`, saying of what sort it is."""
        return cls(position, f"{what} has no kind in the ontology", is_unmapped=True)


Row = ImportedRow | Rejection


class Record:
    """One record while it is read: what it states is kept, what is refused in it is told."""

    def __init__(self, position: str, tlp: str = "") -> None:
        self.position = position
        self.tlp = tlp
        self.facts: list[Fact] = []
        self.rejections: list[Rejection] = []

    def keep(self, make: Callable[[], F], text: str = "") -> F | None:
        """Keep the fact that `make` gives; None where its values are refused, which is told."""
        try:
            fact = make()
        except InvalidFact as error:
            self.rejections.append(Rejection.of(self.position, error, text))
            return None
        self.facts.append(fact)
        return fact

    def refuse(self, reason: object, text: str = "") -> None:
        """Tell that something in the record was refused."""
        self.rejections.append(Rejection.of(self.position, reason, text))

    def leave(self, what: str) -> None:
        """Tell that something in the record is of a sort that the ontology has no kind for."""
        self.rejections.append(Rejection.unmapped(self.position, what))

    def rows(self, marking: Callable[[Fact], str] | None = None) -> Iterator[Row]:
        """The record's rows: its facts, a row for each `marking` (the record's own without), then its rejections."""
        by_marking: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            by_marking[marking(fact) if marking else self.tlp].append(fact)
        for tlp, facts in by_marking.items():
            yield ImportedRow(self.position, tuple(facts), tlp)
        yield from self.rejections


class Importer(Collector):
    """A file format. Its table in the folder's manifest says `kind = "importer"`.

    It is a collector of one file: planned and parsed like any other where the file is small (a
    recording). Large files go through `Import`, which reads a stream and gives parts.
    """

    limits: Limits = Limits()

    @classmethod
    @abc.abstractmethod
    def detect(cls, head: bytes, name: str) -> float:
        """How likely a file called `name` that begins with `head` is of this format, 0 to 1."""

    @abc.abstractmethod
    def read(self, stream: BinaryIO) -> Iterator[Row]:
        """Every record of `stream`, in order. The same bytes and options give the same rows.

        `stream` is seekable; implementations begin at its start. Raises FileRefused where the
        file as a whole cannot be taken: not the format, damaged, or past a limit.
        """

    def plan(self, target: Entity) -> Iterator[Request]:
        """Ask for the file by its checksum; whoever holds it answers with its bytes."""
        yield FileRequest(path=target.key)

    def parse(
        self,
        response: Response,
        target: Entity,  # noqa: ARG002 - what a file says does not depend on the file
    ) -> Iterator[Fact | Request]:
        """The facts of all rows; what is refused is left out."""
        if not isinstance(response, FileResponse):
            raise SourceRejected(f"{self.id}: a file is imported, not {type(response).__name__}")
        for row in rows_of(self, io.BytesIO(response.body)):
            if isinstance(row, ImportedRow):
                yield from row.facts


@dataclass
class Report:
    """What reading a file gave. The counts are complete; REPORTED_ROWS rejections are kept."""

    rows: int = 0
    rejected: int = 0
    unmapped: int = 0
    facts: Counter[str] = field(default_factory=Counter)  # by label and relationship type
    markings: Counter[str] = field(default_factory=Counter)  # rows by the marking they carry
    rejections: list[Rejection] = field(default_factory=list)
    _position: str = ""

    def add(self, row: Row) -> None:
        """Count `row`."""
        if isinstance(row, ImportedRow):
            if row.position != self._position:
                self.rows += 1
            self._position = row.position
            if row.tlp:
                self.markings[row.tlp] += 1
            self.facts.update(
                fact.label if isinstance(fact, Entity) else type(fact).type for fact in row.facts
            )
            return
        if row.is_unmapped:
            self.unmapped += 1
        else:
            self.rejected += 1
        if len(self.rejections) < REPORTED_ROWS:
            self.rejections.append(row)


def checksum(stream: BinaryIO) -> tuple[str, int]:
    """The SHA-256 of the file as it lies there (in hex) and its size in bytes."""
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(CHUNK_BYTES):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def head_of(stream: BinaryIO) -> bytes:
    """The first bytes of the unpacked file, for `Importer.detect`."""
    return unpacked(stream, HEAD_BYTES * 1_000).read(HEAD_BYTES)


def rows_of(
    importer: Importer, stream: BinaryIO, clock: Callable[[], float] = time.monotonic
) -> Iterator[Row]:
    """The rows of `importer`, with the limits on their number and on time held.

    Raises FileRefused, also in place of the errors of a reader that ran into a limit of the
    interpreter.
    """
    limits, began, number = importer.limits, clock(), 0
    try:
        for row in importer.read(stream):
            number += 1
            if number > limits.max_rows:
                raise FileRefused(
                    f"{row.position}: more than {limits.max_rows:,} records; split the file"
                )
            if clock() - began > limits.max_seconds:
                raise FileRefused(
                    f"{row.position}: reading took over {limits.max_seconds:g} s; split the file"
                )
            yield row
    except (LimitExceeded, RecursionError, MemoryError) as error:
        raise FileRefused(f"after record {number}: {type(error).__name__}: {error}") from error


def examine(importer: Importer, stream: BinaryIO) -> Report:
    """Read the whole file and count. Raises FileRefused where nothing of it may be imported."""
    report = Report()
    for row in rows_of(importer, stream):
        report.add(row)
    return report


@dataclass(frozen=True)
class Import:
    """One import: the importer, its manifest, the entity of the file and its checksum.

    `tlp` is the marking of the file as a whole: a row may be stricter, never more open.
    """

    importer: Importer
    manifest: CollectorManifest
    about: Entity
    sha256: str
    run: str = ""
    tlp: str = ""
    max_facts: int = 2_000  # in one part, with ends and implications; a larger row is a part alone

    @property
    def collector(self) -> str:
        """The collector's name that the claims carry."""
        return f"import:{self.sha256}"

    def answers(self, stream: BinaryIO, clock: Callable[[], datetime]) -> Iterator[Answer]:
        """The file as answers, one a part: `1`, `2`, …; a single ABSENT one if no row was taken.

        A part has one marking, since that is the answer's: rows of different ones are in different parts.

        Call `examine` first: this gives parts as it reads, so a refusal in the middle comes after
        some of them.
        """
        held: dict[str, list[Fact]] = defaultdict(list)
        size: Counter[str] = Counter()
        number, began = 0, clock()
        for row in rows_of(self.importer, stream):
            if isinstance(row, Rejection):
                continue
            for fact in row.facts:
                refuse_undeclared(fact, self.manifest, self.about)
            tlp = max(row.tlp, self.tlp, key=MARKINGS.index)
            weight = _size(row.facts)
            if size[tlp] and size[tlp] + weight > self.max_facts:
                number += 1
                yield self._answer(number, held.pop(tlp), (began, clock()), tlp)
                size[tlp], began = 0, clock()
            held[tlp].extend(row.facts)
            size[tlp] += weight
        if not held and not number:
            yield self._answer(1, [], (began, clock()))
        for last, (tlp, facts) in enumerate(held.items(), number + 1):
            yield self._answer(last, facts, (began, clock()), tlp)

    def _answer(
        self, number: int, facts: list[Fact], when: tuple[datetime, datetime], tlp: str = ""
    ) -> Answer:
        began, ended = when
        return Answer(
            about=self.about,
            collector=self.collector,
            outcome=Outcome.FOUND if facts else Outcome.ABSENT,
            started_at=began,
            ended_at=ended,
            facts=tuple(facts),
            reliability=self.manifest.reliability,
            collector_version=self.manifest.version,
            run=self.run,
            part=str(number),
            tlp=tlp,
        )


def _size(facts: tuple[Fact, ...]) -> int:
    content = Content.of(facts)
    return len(content.entities) + len(content.relationships)


def depth_of(value: object, limit: int) -> int:
    """How deep lists and objects of a JSON value nest, at most `limit` + 1; without recursion."""
    depth, level = 0, [value]
    while level and depth <= limit:
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        depth += any(isinstance(item, (dict, list)) for item in level)
        level = below
    return depth
