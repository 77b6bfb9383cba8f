import io
import os
from pathlib import Path

import pytest

from collectors._kit.importing import ImportedRow, Rejection, Row, examine, rows_of
from collectors._kit.registry import discover
from collectors._kit.testing import described
from collectors._kit.unpacking import FileRefused
from collectors.misp_warninglist.importer import MispWarninglist

FIXTURES = Path(__file__).parent / "fixtures"
DATA = Path(os.environ.get("MIRAGE_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "threatintel" / "misp-warninglists"
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"{RECORDED} is absent")
DIGEST = "0f343b0931126a20f133d67c2b018a3b" * 2


def importer(**options: object) -> MispWarninglist:
    found = discover(with_entry_points=False).make("misp_warninglist", options)
    assert isinstance(found, MispWarninglist)
    return found


def rows(content: bytes, **options: object) -> list[Row]:
    return list(rows_of(importer(**options), io.BytesIO(content)))


def test_each_value_is_on_the_list() -> None:
    found = rows((FIXTURES / "ok.json").read_bytes())
    lines = described(f for row in found if isinstance(row, ImportedRow) for f in row.facts)
    feed = "Feed list-of-shared-lamp-services"
    name = "List of shared lamp services"
    said = f"{{aliases: ['{name}'], name: '{name}', polarity: 'known_common'}}"
    listed = (
        "DomainName shared.lantern.example", "IPAddress 192.0.2.53", "Netblock 198.51.100.0/24", f"File {DIGEST}",
    )  # fmt: skip
    assert {line for line in lines if "LISTED_IN" in line} == {
        f"{each} -LISTED_IN-> {feed}" for each in listed
    }
    assert f"{feed} {said}" in lines
    told = [(row.position, row.excerpt) for row in found if isinstance(row, Rejection)]
    assert told == [("value 5", "LAMP"), ("value 6", "tcp://192.0.2.1:22"), ("value 7", "")]


def test_the_list_is_called_as_asked_for() -> None:
    content = b'{"list": ["a.example"]}'
    lines = described(
        f
        for row in rows(content, feed="popular", polarity="allows")
        if isinstance(row, ImportedRow)
        for f in row.facts
    )
    assert "DomainName a.example -LISTED_IN-> Feed popular" in lines
    with pytest.raises(FileRefused, match="the list has no name; give it one by the option feed"):
        rows(content)


def test_an_empty_list_has_no_rows() -> None:
    assert rows((FIXTURES / "empty.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((FIXTURES / "failing.json").read_bytes(), "a list of type 'substring' names no values"),
        (b"[]", "it has no list of values"),
        (b'{"list": "a.example"}', "it has no list of values"),
        (b'{"list": [\n"a",}', "line 2, column 5: not JSON"),
        (b'{"list": [], "name": "\xe2\x98\x83"}', "its name makes no short name"),
    ],
)
def test_what_is_no_list_of_values_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        rows(content)


@pytest.mark.parametrize(
    ("head", "likelihood"),
    [
        (b'{\n  "description": "x",\n  "list": [\n', 0.9),
        (b'\xef\xbb\xbf{"description":"x","list":[', 0.9),
        (b'{"type": "bundle", "id": "bundle--1"}', 0.0),
        (b'["list": "description"]', 0.0),
    ],
)
def test_it_is_known_by_its_members(head: bytes, likelihood: float) -> None:
    assert MispWarninglist.detect(head, "any.json") == likelihood


@recorded
@pytest.mark.parametrize(
    ("name", "taken", "rejected", "kinds"),
    [
        ("cisco_top1000", 1000, 0, {"DomainName"}),
        ("rfc1918", 3, 0, {"Netblock"}),
        ("sinkholes", 107, 0, {"IPAddress", "Netblock"}),
        ("url-shortener", 255, 0, {"DomainName"}),
    ],
)
def test_a_recorded_list(name: str, taken: int, rejected: int, kinds: set[str]) -> None:
    with (RECORDED / f"{name}.json").open("rb") as stream:
        report = examine(importer(), stream)
    assert (report.rows, report.rejected) == (taken, rejected)
    assert set(report.facts) == {*kinds, "Feed", "LISTED_IN"} or set(report.facts) == {
        *kinds,
        "LISTED_IN",
    }
