"""The page on adding an importer does what it says: its code runs and gives what it shows."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from collectors._kit.formats import format_of
from collectors._kit.importing import ImportedRow, Importer, Rejection, rows_of
from collectors._kit.registry import Registry, discover
from collectors._kit.testing import described
from collectors.csv_mapping.mapping import read_mapping

PAGE = (Path(__file__).parents[3] / "docs/howto/add-an-importer.md").read_text("utf-8")
FILE = re.compile(
    r"^`collectors/(?P<path>[\w/.]+)`:\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
PLAIN = re.compile(r"^```text\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The folder that the page makes, found like any other source."""
    sources = tmp_path / "howto_sources"
    for block in FILE.finditer(PAGE):
        path = sources / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return discover(sources, "howto_sources", with_entry_points=False)


def test_the_importer_of_the_page_reads_its_example(registry: Registry) -> None:
    assert registry.problems == ()
    example, shown = (block["text"] for block in PLAIN.finditer(PAGE))
    importer = registry.make("etc_hosts")
    assert isinstance(importer, Importer)
    rows = list(rows_of(importer, io.BytesIO(example.encode())))
    facts = [fact for row in rows if isinstance(row, ImportedRow) for fact in row.facts]
    assert described(facts) == set(shown.splitlines())
    (refused,) = [row for row in rows if isinstance(row, Rejection)]
    assert refused.position == "line 3"
    assert "'192.0.2.300' is not an IP address" in refused.reason


def test_its_files_are_known(registry: Registry) -> None:
    assert format_of(io.BytesIO(b"127.0.0.1 localhost\n"), "upload", registry) == "etc_hosts"


def test_the_mapping_of_the_page_is_one() -> None:
    (mapping,) = (block["text"] for block in YAML.finditer(PAGE))
    assert read_mapping(mapping).columns() == {"host", "ip", "port", "contacts"}
