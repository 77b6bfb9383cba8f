"""Bodies come in pieces of any size, packed or not, and are cut at their bound."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from collectors._kit.protocols.http import read_bounded
from graph.errors import SourceRejected

TEXT = bytes(range(256)) * 40
PACKED = {
    "plain": ("", TEXT),
    "gzip": ("gzip", gzip.compress(TEXT)),
    "two members": ("gzip", gzip.compress(TEXT[:3000]) + gzip.compress(TEXT[3000:])),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "bare deflate": ("deflate", zlib.compress(TEXT)[2:-4]),
}
FORMS = pytest.mark.parametrize(("packing", "body"), PACKED.values(), ids=PACKED.keys())


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@FORMS
@pytest.mark.parametrize("size", [1, 2, 7, 1000, 100_000])
async def test_the_size_of_pieces_changes_nothing(packing: str, body: bytes, size: int) -> None:
    assert await read_bounded(pieces(body, size), packing, len(TEXT)) == (TEXT, False)
    assert await read_bounded(pieces(body, size), packing, 100) == (TEXT[:100], True)


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_what_is_not_packed_as_it_says_is_refused(size: int) -> None:
    with pytest.raises(SourceRejected, match="the body is not packed as it says"):
        await read_bounded(pieces(b"\x1f\x8bnonsense", size), "gzip", 1000)
