import io
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors._kit.importing import ImportedRow, Limits, Rejection, Row, examine, rows_of
from collectors._kit.registry import discover
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.csv_mapping.importer import CsvMapping
from collectors.csv_mapping.mapping import InvalidMapping, read_mapping, write_mapping
from collectors.csv_mapping.table import delimiter_of

FIXTURES = Path(__file__).parent / "fixtures"
DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
recorded = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is absent")

MAPPING = (FIXTURES / "mapping.yaml").read_text("utf-8")
NAMES = "entities: {name: {kind: DomainName, key: name}}"


def importer(**options: object) -> CsvMapping:
    found = discover(with_entry_points=False).make("csv_mapping", options)
    assert isinstance(found, CsvMapping)
    return found


def rows(content: bytes | str, **options: object) -> list[Row]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(rows_of(importer(**options), stream))


def kept(found: list[Row]) -> dict[str, set[str]]:
    return {row.position: described(row.facts) for row in found if isinstance(row, ImportedRow)}


def refused(found: list[Row]) -> list[tuple[str, str]]:
    return [(row.position, row.reason) for row in found if isinstance(row, Rejection)]


def test_rows_become_entities_and_relationships_by_the_mapping() -> None:
    found = rows((FIXTURES / "ok.csv").read_bytes(), mapping=MAPPING)
    assert kept(found) == {
        "lines 2 to 4": {
            "DomainName www.lanternworks.example",
            "IPAddress 192.0.2.10",
            "NetworkService tcp://192.0.2.10:443",
            "EmailAddress mara@lanternworks.example",
            "EmailAddress post@lanternworks.example",
            "DomainName www.lanternworks.example -RESOLVES_TO[A]-> IPAddress 192.0.2.10 "
            "{valid_from: '2026-01-02T00:00:00.000Z'}",
            "IPAddress 192.0.2.10 -HAS_PORT-> NetworkService tcp://192.0.2.10:443",
        },
        "line 5": {
            "DomainName shop.lanternworks.example",
            "IPAddress 192.0.2.11",
            "DomainName shop.lanternworks.example -RESOLVES_TO[A]-> IPAddress 192.0.2.11",
        },
        "line 6": {
            "IPAddress 192.0.2.12",
            "NetworkService tcp://192.0.2.12:8080",
            "IPAddress 192.0.2.12 -HAS_PORT-> NetworkService tcp://192.0.2.12:8080",
        },
        "line 7": {"IPAddress 192.0.2.13"},
        "line 10": {
            "DomainName mail.lanternworks.example",
            "IPAddress 2001:db8::5",
            "NetworkService tcp://[2001:db8::5]:25",
            "IPAddress 2001:db8::5 -HAS_PORT-> NetworkService tcp://[2001:db8::5]:25",
        },
    }


def test_what_is_refused_is_told_by_line() -> None:
    found = refused(rows((FIXTURES / "ok.csv").read_bytes(), mapping=MAPPING))
    assert [place for place, _ in found] == [
        "header",
        "line 7",
        "line 7",
        "line 7",
        "line 8",
        "line 10",
    ]
    assert found[0][1] == "column 'note' has no kind in the ontology"
    assert found[4][1] == "the row has 8 cells, the table 6 columns"


def test_without_a_mapping_columns_of_one_kind_become_that_kind() -> None:
    text = "who,where,how many\na.example,192.0.2.1,7\nb.example,192.0.2.2,8\n"
    found = rows(text)
    assert kept(found) == {
        "line 2": {"DomainName a.example", "IPAddress 192.0.2.1"},
        "line 3": {"DomainName b.example", "IPAddress 192.0.2.2"},
    }
    assert refused(found) == [("header", "column 'how many' has no kind in the ontology")]


def test_the_proposal_can_be_written_changed_and_read() -> None:
    stream = io.BytesIO(b"a.example,x\nb.example,y\n")
    proposal = importer().proposal(stream)
    assert write_mapping(proposal) == "entities:\n  '1':\n    kind: DomainName\n    key: '1'\n"
    assert read_mapping(write_mapping(proposal)) == proposal


def test_a_table_of_nothing_known_is_refused() -> None:
    with pytest.raises(FileRefused, match="no column holds values of one kind only"):
        rows("first,last\nMara,Quill\n")


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("name\tx\na.example\t1\n", {}),
        ("name|x\r\na.example|1\r\n", {}),
        ("name;x\na.example;1,5\n", {"delimiter": ";"}),
        ("name\tx\na.example\t1\n".encode("utf-16"), {"delimiter": "\\t"}),
        ("name,x\na.example,1\n".encode("utf-8-sig"), {}),
        ("name,x\na.example,Müller\n".encode("cp1252"), {}),
        ("name,x\na.example,1".encode("utf-16-le"), {"encoding": "utf-16-le"}),
    ],
)
def test_delimiters_and_encodings_are_found(
    content: bytes | str, options: Mapping[str, object]
) -> None:
    assert kept(rows(content, mapping=NAMES, **options)) == {"line 2": {"DomainName a.example"}}


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ('a|b\n"1,2"|3\n', "|"),
        ("one\ntwo\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_that_is_regular_wins(sample: str, delimiter: str) -> None:
    text = io.TextIOWrapper(io.BytesIO(sample.encode()), newline="")
    assert delimiter_of(text) == delimiter


def test_a_file_without_a_header_has_numbered_columns() -> None:
    mapping = "entities: {address: {kind: IPAddress, key: '2'}}"
    assert kept(rows("x,192.0.2.1\n", mapping=mapping, header="no")) == {
        "line 1": {"IPAddress 192.0.2.1"}
    }


def test_defanged_cells_are_read_where_that_is_asked_for() -> None:
    text = "name\na[.]example\n"
    assert kept(rows(text, mapping=NAMES, refang=True)) == {"line 2": {"DomainName a.example"}}
    assert kept(rows(text, mapping=NAMES)) == {}


def test_a_quote_that_is_never_closed_refuses_its_row() -> None:
    found = rows((FIXTURES / "failing.csv").read_bytes(), mapping=NAMES.replace("name", "host"))
    assert kept(found) == {}
    assert refused(found)[-1] == ("line 2", "unexpected end of data")


def test_a_header_alone_gives_nothing() -> None:
    content = (FIXTURES / "empty.csv").read_bytes()
    assert kept(rows(content, mapping="entities: {h: {kind: DomainName, key: host}}")) == {}


def test_a_row_that_is_too_long_is_refused() -> None:
    small = importer(mapping=NAMES)
    small.limits = Limits(max_row_chars=50)
    text = "name,x\n" + "a" * 60 + ".example,1\nb.example,2\n"
    found = list(rows_of(small, io.BytesIO(text.encode())))
    assert kept(found) == {"line 3": {"DomainName b.example"}}
    assert ("line 2", "more than 50 characters") in refused(found)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"),
        (b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
        (b"\x00\x01\x02", "NUL"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        rows(content, mapping=NAMES)


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("entities: {", "not YAML"),
        ("a: &x 1\nb: *x", "aliases"),
        ("entities: {}", "entities"),
        ("entities: {n: {kind: Nothing, key: name}}", "'Nothing' is not a kind"),
        ("entities: {n: {kind: DomainName}}", "key, or the properties name, are needed"),
        ("entities: {n: {kind: DomainName, key: nope}}", "no column 'nope'; it has name"),
        ("entities: {n: {kind: DomainName, key: {}}}", "a column, or a value for all rows"),
        (
            "entities: {n: {kind: DomainName, key: name, properties: {color: name}}}",
            "'color' is not a property",
        ),
        (
            "entities: {n: {kind: DomainName, key: name}}\n"
            "relationships: [{type: RESOLVES_TO, source: n, target: n}]",
            "RESOLVES_TO has IPAddress there, not DomainName",
        ),
        (
            "entities: {n: {kind: DomainName, key: name}}\n"
            "relationships: [{type: KNOWS, source: n, target: n}]",
            "'KNOWS' is not a type",
        ),
        (
            "entities: {n: {kind: DomainName, key: name}}\n"
            "relationships: [{type: SUBDOMAIN_OF, source: n, target: m}]",
            "there is no entity 'm'",
        ),
        ("entities: {n: {kind: DomainName, key: name, colour: red}}", "colour"),
    ],
)
def test_a_mistake_in_the_mapping_is_told_once(mapping: str, reason: str) -> None:
    with pytest.raises(InvalidMapping, match=reason):
        rows("name\na.example\n", mapping=mapping)


@pytest.mark.parametrize(
    ("name", "head", "likelihood"),
    [
        ("hosts.csv", b"", 0.9),
        ("hosts.tsv.gz", b"", 0.9),
        ("hosts.txt", b"a,b\n1,2\n3,4\n", 0.4),
        ("hosts.txt", b"a.example\nb.example\n", 0.0),
    ],
)
def test_a_table_is_known_by_its_name_or_its_rows(
    name: str, head: bytes, likelihood: float
) -> None:
    assert CsvMapping.detect(head, name) == likelihood


@recorded
@pytest.mark.parametrize(
    ("name", "kind", "kept_rows", "rejected", "unmapped"),
    [
        ("er/splink-fake1000/fake_1000.csv", "EmailAddress", 759, 30, 6),
        ("scans/nessus/nessus_many_vuln.csv", "IPAddress", 4, 0, 39),
    ],
)
def test_recorded_tables_without_a_mapping(
    name: str, kind: str, kept_rows: int, rejected: int, unmapped: int
) -> None:
    with (DATA / name).open("rb") as stream:
        report = examine(importer(), stream)
    assert (report.rows, report.rejected, report.unmapped) == (kept_rows, rejected, unmapped)
    assert report.facts == {kind: kept_rows}


@recorded
def test_a_recorded_table_with_a_mapping() -> None:
    base = "http://www.okkam.org/ontology_restaurant1.owl#"
    mapping = f"entities: {{place: {{kind: LegalEntity, properties: {{name: '{base}name'}}}}}}"
    with (DATA / "er/restaurants-oaei/rest1.csv").open("rb") as stream:
        report = examine(importer(mapping=mapping), stream)
    assert (report.rows, report.rejected, report.unmapped) == (226, 0, 3)  # the others have no name
