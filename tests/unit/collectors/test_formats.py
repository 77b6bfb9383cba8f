import gzip
import io
from pathlib import Path

import pytest

from collectors._kit.formats import format_of, importers
from collectors._kit.registry import OWN_FOLDER, discover
from collectors._kit.unpacking import FileRefused

REGISTRY = discover(with_entry_points=False)
FIXTURES = [
    (folder.name, path)
    for folder in sorted(OWN_FOLDER.iterdir())
    if folder.name in importers(REGISTRY)
    for path in sorted((folder / "fixtures").glob("ok.*"))
]


def test_every_importer_is_found() -> None:
    assert set(importers(REGISTRY)) == {
        "bbot_ndjson",
        "csv_mapping",
        "indicator_list",
        "misp_warninglist",
        "nmap_xml",
        "stix21",
    }


@pytest.mark.parametrize(("importer", "path"), FIXTURES, ids=str)
def test_a_file_is_known_by_its_content(importer: str, path: Path) -> None:
    name = path.name if importer == "csv_mapping" else "upload"
    with path.open("rb") as stream:
        assert format_of(stream, name, REGISTRY) == importer
    packed = io.BytesIO(gzip.compress(path.read_bytes()))
    assert format_of(packed, f"{name}.gz", REGISTRY) == importer


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"Dear reader,\nthis is a letter and no list.\n", "of no known format; known are: BBOT"),
        (b"\x7fELF\0\0\0", "of no known format"),
        (b"<html><body></body></html>", "of no known format"),
    ],
)
def test_a_file_of_no_known_format_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        format_of(io.BytesIO(content), "letter", REGISTRY)
