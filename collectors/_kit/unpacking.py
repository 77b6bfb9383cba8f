"""Opening a file without trusting it: bounded bytes, at most one layer of packing, its text.

It never unpacks a file inside a packed file, never writes to disk and never follows a name found
in an archive.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from graph.errors import SourceRejected

CHUNK_BYTES = 65_536
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # with a first file, or empty
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FALLBACK_ENCODING = "cp1252"


class FileRefused(SourceRejected):
    """The whole file is refused, nothing of it is imported; the message says where and why."""


class Bounded(io.RawIOBase):
    """A stream that gives at most `max_bytes` of another and then refuses the file."""

    def __init__(self, inner: BinaryIO, max_bytes: int) -> None:
        super().__init__()
        self._inner = inner
        self._max_bytes = max_bytes
        self._given = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read into `buffer`. Raises FileRefused past the limit or when the packing is damaged."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            piece = self._inner.read(min(len(view), self._max_bytes - self._given + 1))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise FileRefused(f"byte {self._given}: the packing is damaged ({error})") from error
        self._given += len(piece)
        if self._given > self._max_bytes:
            raise FileRefused(
                f"the file is larger than {self._max_bytes:,} bytes when unpacked; split it"
            )
        view[: len(piece)] = piece
        return len(piece)


def unpacked(stream: BinaryIO, max_bytes: int) -> io.BufferedReader:
    """The bytes of `stream` from its start, unpacked if it is gzip or a zip archive of one file.

    `stream` must be seekable. Raises FileRefused for an archive of several files and, while
    reading, past `max_bytes`.
    """
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    inner: BinaryIO = stream
    if head.startswith(GZIP_MAGIC):
        inner = gzip.GzipFile(fileobj=stream, mode="rb")  # type: ignore[assignment]
    elif head in ZIP_MAGIC:
        inner = _only_member(stream)
    return io.BufferedReader(Bounded(inner, max_bytes), CHUNK_BYTES)


def _only_member(stream: BinaryIO) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(stream)
        members = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(members) != 1:
            raise FileRefused(
                f"the zip archive holds {len(members)} files; one file, or each by itself, is right"
            )
        return archive.open(members[0])  # type: ignore[return-value]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileRefused(f"the zip archive cannot be opened: {error}") from error


def encoding_of(stream: io.BufferedReader) -> str:
    """The encoding of a text: its byte order mark's, else UTF-8 if all of it is, else Windows-1252.

    Reads `stream` to its end. Raises FileRefused for content with NUL bytes, which no text has.
    """
    head = stream.peek(4)[:4]
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, offset = True, 0
    while piece := stream.read(CHUNK_BYTES):
        if b"\0" in piece:
            raise FileRefused(
                f"byte {offset + piece.index(0)}: NUL; the file is not text "
                "(UTF-16 needs its byte order mark)"
            )
        if is_utf8:
            is_utf8 = _decodes(decoder, piece)
        offset += len(piece)
    return "utf-8" if is_utf8 and _decodes(decoder, b"", final=True) else FALLBACK_ENCODING


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def json_of(content: BinaryIO) -> Any:
    """What a file says that is one JSON document. Raises FileRefused, naming the place, where it is none."""
    try:
        return orjson.loads(content.read())
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FileRefused(f"{place}: not JSON: {error.msg}") from error


def text_of(stream: BinaryIO, max_bytes: int, encoding: str = "") -> io.TextIOWrapper:
    """The text of `stream`, line ends as they are. Without `encoding` it is found by `encoding_of`.

    Bytes that the encoding does not have become U+FFFD, which no normaliser accepts inside a key.
    """
    try:
        found = codecs.lookup(encoding).name if encoding else ""
    except LookupError as error:
        raise FileRefused(
            f"{encoding!r} is not an encoding; utf-8 or cp1252, for example, is"
        ) from error
    found = found or encoding_of(unpacked(stream, max_bytes))
    return io.TextIOWrapper(
        unpacked(stream, max_bytes), encoding=found, errors="replace", newline=""
    )


def lines_of(text: io.TextIOWrapper, max_chars: int) -> Iterator[tuple[int, str, bool]]:
    """Each line: its number from 1, its text without the line end, whether it was cut."""
    number = 0
    while line := text.readline(max_chars + 1):
        number += 1
        is_cut = len(line) > max_chars and not line.endswith(("\n", "\r"))
        rest = line
        while is_cut and rest and not rest.endswith(("\n", "\r")):
            rest = text.readline(CHUNK_BYTES)
        yield number, line[:max_chars].rstrip("\r\n"), is_cut
