import io
import os
from pathlib import Path

import pytest

from collectors._kit.importing import ImportedRow, Limits, Rejection, Row, examine, rows_of
from collectors._kit.registry import discover
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.indicator_list.importer import IndicatorList

FIXTURES = Path(__file__).parent / "fixtures"
DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "reference" / "domains" / "alexa500.txt"
recorded = pytest.mark.skipif(not RECORDED.is_file(), reason=f"{RECORDED} is absent")


def importer(**options: object) -> IndicatorList:
    found = discover(with_entry_points=False).make("indicator_list", options)
    assert isinstance(found, IndicatorList)
    return found


def rows(content: bytes, **options: object) -> list[Row]:
    return list(rows_of(importer(**options), io.BytesIO(content)))


def kept(found: list[Row]) -> dict[str, list[str]]:
    return {
        row.position: [f"{fact.label} {fact.key}" for fact in row.facts]  # type: ignore[union-attr]
        for row in found
        if isinstance(row, ImportedRow)
    }


def test_values_are_taken_however_they_are_written() -> None:
    found = rows((FIXTURES / "ok.txt").read_bytes())
    assert kept(found) == {
        "line 2": ["URL https://dark.wick.example/gate.php?id=1"],
        "line 3": ["DomainName dark.wick.example"],
        "line 4": ["IPAddress 198.51.100.7", "Netblock 198.51.100.0/24"],
        "line 5": ["IPAddress 2001:db8::66"],
        "line 6": ["EmailAddress mara@lanternworks.example"],
        "line 7": ["Vulnerability CVE-2025-10001", "AutonomousSystem 64500"],
        "line 9": [f"File {'ab' * 32}"],
    }
    told = [(row.position, row.excerpt) for row in found if isinstance(row, Rejection)]
    assert told == [("line 10", "just"), ("line 10", "words"), ("line 11", "010.0.0.1")]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("hxxp://a[.]example/x", ["URL http://a.example/x"]),
        ("http://a.example/#part # remark", ["URL http://a.example/"]),
        ("a[.]example b[dot]example", ["DomainName a.example", "DomainName b.example"]),
        ("a dot example", ["DomainName a.example"]),
        ("<https://a.example/>", ["URL https://a.example/"]),
        ("192[.]0[.]2[.]1 | 192.0.2.2", ["IPAddress 192.0.2.1", "IPAddress 192.0.2.2"]),
        ("192.0.2.0 - 192.0.2.3", ["Netblock 192.0.2.0/30"]),
        ("# a.example", []),
        ("; a.example", []),
        ("   ", []),
    ],
)
def test_a_line_holds_one_value_or_several(line: str, values: list[str]) -> None:
    assert [one for found in kept(rows(line.encode())).values() for one in found] == values


def test_the_values_of_a_named_list_are_listed_in_it() -> None:
    found = rows(b"dark.wick.example\ntcp://192.0.2.1:22\n", feed="wick", polarity="allows")
    lines = described(f for row in found if isinstance(row, ImportedRow) for f in row.facts)
    assert lines == {
        "DomainName dark.wick.example",
        "NetworkService tcp://192.0.2.1:22",
        "Feed wick {polarity: 'allows'}",
        "DomainName dark.wick.example -LISTED_IN-> Feed wick",
    }
    (told,) = [row.reason for row in found if isinstance(row, Rejection)]
    assert "lists do not hold a NetworkService" in told


def test_a_list_of_comments_has_no_rows() -> None:
    assert rows((FIXTURES / "empty.txt").read_bytes()) == []


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(FileRefused, match="byte 18: NUL"):
        rows((FIXTURES / "failing.bin").read_bytes())


def test_a_line_without_end_is_refused_and_the_next_one_taken() -> None:
    small = importer()
    small.limits = Limits(max_row_chars=100)
    content = io.BytesIO(b"x" * 300_000 + b"\na.example\n")
    found = list(rows_of(small, content))
    assert kept(found) == {"line 2": ["DomainName a.example"]}
    assert [row.reason for row in found if isinstance(row, Rejection)] == [
        "longer than 100 characters"
    ]


@pytest.mark.parametrize(
    ("head", "likelihood"),
    [
        (b"a.example\nb[.]example\n# remark\n", 0.5),
        (b"a.example\njust words\n", 0.25),
        (b"Dear reader,\nthis is prose.\n", 0.0),
        (b"a.example\0", 0.0),
        (b"", 0.0),
    ],
)
def test_a_list_is_known_by_the_share_of_its_values(head: bytes, likelihood: float) -> None:
    assert IndicatorList.detect(head, "list.txt") == likelihood


@recorded
def test_a_recorded_list() -> None:
    with RECORDED.open("rb") as stream:
        report = examine(importer(), stream)
    assert (report.rows, report.rejected, dict(report.facts)) == (500, 0, {"DomainName": 500})
