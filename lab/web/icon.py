"""Draws the lab's favicons: a 16 by 16 picture that follows from its name, as an .ico file."""

from __future__ import annotations

import struct
import zlib

from lab.keys import bytes_for

SIDE = 16


def icon(name: str) -> bytes:
    """The icon called `name`: one PNG in an ICO container, the same bytes everywhere."""
    picture = _png(_pixels(name))
    directory = struct.pack("<HHH", 0, 1, 1)
    entry = struct.pack("<BBBBHHII", SIDE, SIDE, 0, 0, 1, 32, len(picture), 22)
    return directory + entry + picture


def _pixels(name: str) -> bytes:
    """Rows of grey pixels, mirrored left to right, each after its filter byte."""
    half = SIDE // 2
    noise = bytes_for(f"icon {name}", SIDE * half)
    rows = (noise[start : start + half] for start in range(0, len(noise), half))
    return b"".join(b"\0" + row + row[::-1] for row in rows)


def _png(rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    # Level 0 only stores, so the bytes do not depend on the version of zlib.
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
