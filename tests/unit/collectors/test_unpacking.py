import gzip
import io
import zipfile

import pytest

from collectors._kit.unpacking import (
    CHUNK_BYTES,
    FileRefused,
    encoding_of,
    lines_of,
    text_of,
    unpacked,
)

LARGE = 10_000_000


def zipped(**files: bytes) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed


@pytest.mark.parametrize(
    "packed",
    [io.BytesIO(b"a\nb"), io.BytesIO(gzip.compress(b"a\nb")), zipped(list=b"a\nb")],
    ids=["plain", "gzip", "zip"],
)
def test_bytes_come_out_whatever_the_packing(packed: io.BytesIO) -> None:
    assert unpacked(packed, 100).read() == b"a\nb"


@pytest.mark.parametrize(
    "bomb",
    [io.BytesIO(gzip.compress(bytes(LARGE))), zipped(bomb=bytes(LARGE)), io.BytesIO(bytes(LARGE))],
    ids=["gzip", "zip", "plain"],
)
def test_what_unpacks_past_the_limit_is_refused_soon(bomb: io.BytesIO) -> None:
    with pytest.raises(FileRefused, match="larger than 100,000 bytes"):
        unpacked(bomb, 100_000).read()


def test_a_file_of_exactly_the_limit_is_taken() -> None:
    assert len(unpacked(io.BytesIO(bytes(1_000)), 1_000).read()) == 1_000


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (io.BytesIO(gzip.compress(b"a" * 1000)[:-9]), "packing is damaged"),
        (zipped(one=b"1", two=b"2"), "holds 2 files"),
        (zipped(), "holds 0 files"),
        (io.BytesIO(b"PK\x03\x04 but nothing more"), "cannot be opened"),
    ],
    ids=["cut gzip", "two files", "empty zip", "no zip"],
)
def test_a_damaged_or_ambiguous_archive_is_refused(packed: io.BytesIO, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        unpacked(packed, 100_000).read()


def test_a_packed_file_in_a_packed_file_stays_packed() -> None:
    inner = gzip.compress(b"text")
    assert unpacked(io.BytesIO(gzip.compress(inner)), 1_000).read() == inner


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain", "utf-8"),
        ("Müller".encode(), "utf-8"),
        ("Müller".encode("utf-8-sig"), "utf-8-sig"),
        ("Müller".encode("utf-16"), "utf-16"),
        ("Müller".encode("utf-32"), "utf-32"),
        ("Müller".encode("cp1252"), "cp1252"),
        ("ü".encode()[:1], "cp1252"),
    ],
)
def test_the_encoding_is_found(content: bytes, encoding: str) -> None:
    assert encoding_of(unpacked(io.BytesIO(content), 1_000)) == encoding


def test_the_encoding_is_that_of_the_whole_file() -> None:
    late = b"a" * CHUNK_BYTES + "ü".encode("cp1252") + b"b" * CHUNK_BYTES
    assert encoding_of(unpacked(io.BytesIO(late), LARGE)) == "cp1252"
    with pytest.raises(FileRefused, match=f"byte {len(late)}: NUL"):
        encoding_of(unpacked(io.BytesIO(late + b"\0"), LARGE))


def test_binary_content_is_no_text() -> None:
    with pytest.raises(FileRefused, match="byte 3: NUL"):
        encoding_of(unpacked(io.BytesIO(b"abc\0def"), 1_000))


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(FileRefused, match="'utf-9' is not an encoding"):
        text_of(io.BytesIO(b"a"), 1_000, "utf-9")


def test_lines_are_numbered_and_long_ones_cut() -> None:
    text = text_of(io.BytesIO(b"one\r\n\n" + b"x" * 200_000 + b"\nlast"), 1_000_000)
    assert list(lines_of(text, 5)) == [
        (1, "one", False),
        (2, "", False),
        (3, "xxxxx", True),
        (4, "last", False),
    ]
