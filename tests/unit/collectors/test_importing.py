import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

import pytest

from collectors._kit.base import DnsRequest, DnsResponse, FileRequest, FileResponse
from collectors._kit.importing import (
    Import,
    ImportedRow,
    Importer,
    Limits,
    Record,
    Rejection,
    Report,
    Row,
    checksum,
    depth_of,
    examine,
    head_of,
    rows_of,
)
from collectors._kit.manifest import CollectorManifest
from collectors._kit.unpacking import FileRefused
from graph.errors import InvalidFact, SourceRejected
from graph.facts import Outcome
from graph.model.network import DomainName, IPAddress

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Names(Importer):
    """A name a line; `!` ends the file as damaged, `?` is of a sort without a kind."""

    id = "names"

    @classmethod
    def detect(cls, head: bytes, name: str) -> float:
        return 1.0 if head and name.endswith(".names") else 0.0

    def read(self, stream: BinaryIO) -> Iterator[Row]:
        stream.seek(0)
        for number, raw in enumerate(stream.read().decode().splitlines(), 1):
            if raw == "!":
                raise FileRefused(f"line {number}: damaged")
            if raw == "?":
                yield Rejection.unmapped(f"line {number}", "a riddle")
                continue
            record = Record(f"line {number}")
            for word in raw.split():
                record.keep(lambda word=word: DomainName(name=word), word)  # type: ignore[misc]
            yield from record.rows()


MANIFEST = CollectorManifest.model_validate(
    {
        "id": "names",
        "title": "Names",
        "summary": "One name on each line.",
        "kind": "importer",
        "consumes": ["File"],
        "produces": ["DomainName"],
        "class": "P0",
        "reliability": 0.6,
        "version": 3,
    }
)
FILE = IPAddress(address="192.0.2.1")  # any entity will do


def lines(*texts: str) -> io.BytesIO:
    return io.BytesIO("\n".join(texts).encode())


def one_import(max_facts: int = 2_000) -> Import:
    return Import(Names(), MANIFEST, FILE, "ab" * 32, run="r1", max_facts=max_facts)


def test_a_record_keeps_what_is_right_and_tells_what_is_not() -> None:
    found = list(Names().read(lines("a.example b..example c.example")))
    assert found == [
        ImportedRow("line 1", (DomainName(name="a.example"), DomainName(name="c.example"))),
        Rejection("line 1", str(found[1].reason), "b..example"),  # type: ignore[union-attr]
    ]
    assert "'b..example' is not a domain name" in str(found[1])


def test_examining_counts_and_keeps_the_first_rejections() -> None:
    report = examine(Names(), lines("a.example", "b.example bad..example", "?", *["..x"] * 1_200))
    assert (report.rows, report.rejected, report.unmapped) == (2, 1_201, 1)
    assert report.facts == {"DomainName": 2}
    assert len(report.rejections) == 1_000
    assert report.rejections[1] == Rejection(
        "line 3", "a riddle has no kind in the ontology", is_unmapped=True
    )


def test_an_import_gives_parts_of_bounded_size_in_order() -> None:
    names = [f"n{number}.example" for number in range(5)]
    answers = list(one_import(max_facts=2).answers(lines(*names), lambda: NOW))
    assert [(a.part, [fact.key for fact in a.facts]) for a in answers] == [  # type: ignore[union-attr]
        ("1", ["n0.example", "n1.example"]),
        ("2", ["n2.example", "n3.example"]),
        ("3", ["n4.example"]),
    ]
    first = answers[0]
    assert first.collector == "import:" + "ab" * 32
    assert (first.about, first.outcome, first.run) == (FILE, Outcome.FOUND, "r1")
    assert (first.reliability, first.collector_version) == (0.6, 3)


def test_a_part_has_one_marking() -> None:
    class Marked(Names):
        def read(self, stream: BinaryIO) -> Iterator[Row]:
            for number, row in enumerate(super().read(stream)):
                yield replace(row, tlp=("RED", "")[number % 2])  # type: ignore[arg-type]

    work = Import(Marked(), MANIFEST, FILE, "ab" * 32, max_facts=2)
    text = lines(*(f"n{number}.example" for number in range(6)))
    answers = list(work.answers(text, lambda: NOW))
    assert [(a.part, a.tlp, [fact.key for fact in a.facts]) for a in answers] == [  # type: ignore[union-attr]
        ("1", "RED", ["n0.example", "n2.example"]),
        ("2", "", ["n1.example", "n3.example"]),
        ("3", "RED", ["n4.example"]),
        ("4", "", ["n5.example"]),
    ]


def test_a_record_with_facts_of_different_markings_counts_once() -> None:
    record = Record("line 1", tlp="GREEN")
    record.facts = [DomainName(name=name) for name in ("a.example", "b.example", "c.example")]
    found = list(record.rows(lambda fact: "RED" if fact.key == "b.example" else "GREEN"))  # type: ignore[union-attr]
    assert [(row.tlp, len(row.facts)) for row in found] == [("GREEN", 2), ("RED", 1)]  # type: ignore[union-attr]
    report = Report()
    for row in found:
        report.add(row)
    assert (report.rows, report.facts["DomainName"]) == (1, 3)


def test_a_row_larger_than_a_part_is_a_part_alone() -> None:
    text = lines("a.example", "b.example c.example d.example", "e.example")
    sizes = [len(answer.facts) for answer in one_import(max_facts=2).answers(text, lambda: NOW)]
    assert sizes == [1, 3, 1]


def test_a_file_without_rows_is_one_absent_answer() -> None:
    answers = list(one_import().answers(lines("?"), lambda: NOW))
    assert [(a.part, a.outcome, a.facts) for a in answers] == [("1", Outcome.ABSENT, ())]


def test_a_kind_that_the_manifest_does_not_produce_is_an_error() -> None:
    manifest = MANIFEST.model_copy(update={"produces": ("IPAddress",)})
    with pytest.raises(InvalidFact, match="names stated a DomainName"):
        list(Import(Names(), manifest, FILE, "00").answers(lines("a.example"), lambda: NOW))


def test_a_file_may_be_read_as_any_collector_reads_an_answer() -> None:
    (asked,) = Names().plan(FILE)
    assert asked == FileRequest(path=FILE.key)
    read = FileResponse(asked, b"a.example bad..example\n?\nb.example")
    assert list(Names().parse(read, FILE)) == [
        DomainName(name="a.example"),
        DomainName(name="b.example"),
    ]
    other = DnsResponse(DnsRequest("a.example", "A"), "NOERROR")
    with pytest.raises(SourceRejected, match="names: a file is imported, not DnsResponse"):
        list(Names().parse(other, FILE))


def test_a_damaged_file_is_refused_as_a_whole_when_examined() -> None:
    with pytest.raises(FileRefused, match="line 2: damaged"):
        examine(Names(), lines("a.example", "!"))


def test_rows_and_time_are_limited() -> None:
    importer = Names()
    importer.limits = Limits(max_rows=2)
    with pytest.raises(FileRefused, match="line 3: more than 2 records"):
        list(rows_of(importer, lines("a.example", "b.example", "c.example")))
    importer.limits = Limits(max_seconds=5)
    ticks = iter([0.0, 1.0, 6.0])
    with pytest.raises(FileRefused, match="line 2: reading took over 5 s"):
        list(rows_of(importer, lines("a.example", "b.example"), lambda: next(ticks)))


def test_running_out_of_stack_refuses_the_file() -> None:
    class Deep(Names):
        def read(self, stream: BinaryIO) -> Iterator[Row]:
            yield from super().read(stream)
            raise RecursionError("too deep")

    with pytest.raises(FileRefused, match="after record 1: RecursionError"):
        list(rows_of(Deep(), lines("a.example")))


def test_the_checksum_is_of_the_file_as_it_lies_there() -> None:
    assert checksum(io.BytesIO(b"abc")) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        3,
    )


def test_the_head_is_of_the_unpacked_file() -> None:
    assert head_of(io.BytesIO(b"x" * 10_000)) == b"x" * 8_192


@pytest.mark.parametrize(
    ("value", "depth"),
    [(1, 0), ([], 1), ({"a": [1]}, 2), ([[[[]]]], 4), ({"a": {"b": {"c": [[]]}}}, 4)],
)
def test_depth_is_counted_up_to_a_limit(value: object, depth: int) -> None:
    assert depth_of(value, 3) == min(depth, 4)


def test_depth_of_a_very_deep_value_needs_no_stack() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    assert depth_of(value, 60) == 61
    while value:
        value = value.pop()  # type: ignore[assignment]
