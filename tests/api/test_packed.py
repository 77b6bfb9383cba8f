"""Packed bodies of requests: taken, and never unpacked further than the limits allow."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from server.web import body
from server.web.problems import Problem
from tests.api.conftest import Caller

ME = json.dumps({"query": "{ me { email } }"}).encode()
PACKED = {"gzip": gzip.compress(ME), "x-gzip": gzip.compress(ME), "deflate": zlib.compress(ME)}
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"


FILE = b'--b\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'


def bomb(megabytes: int, beginning: bytes = b"") -> bytes:
    """A gzip body of so many megabytes of zeros, made without packing them all: about a kilobyte each."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packing.compress(beginning) + packing.flush(zlib.Z_FULL_FLUSH)
    block = packing.compress(bytes(1_000_000)) + packing.flush(zlib.Z_FULL_FLUSH)
    return GZIP_HEAD + head + block * megabytes + packing.flush()


async def send(caller: Caller, content: bytes, coding: str, **headers: str) -> httpx.Response:
    given = {**caller.headers, "Content-Type": "application/json", "Content-Encoding": coding}
    return await caller.client.post("/graphql", content=content, headers={**given, **headers})


@pytest.mark.parametrize("coding", [*PACKED, "GZIP"])
async def test_a_packed_question_is_answered(caller: Caller, coding: str) -> None:
    response = await send(caller, PACKED[coding.lower()], coding)
    assert response.status_code == 200
    assert response.json()["data"] == {"me": {"email": caller.email}}


@pytest.mark.parametrize("coding", ["identity", ""])
async def test_a_body_that_is_not_packed_may_say_so(caller: Caller, coding: str) -> None:
    assert (await send(caller, ME, coding)).status_code == 200


async def test_a_packed_upload_is_read(caller: Caller) -> None:
    operations = {"query": "{ me { email } }", "variables": {}}
    parts = {"operations": (None, json.dumps(operations)), "map": (None, "{}")}
    built = caller.client.build_request("POST", "/graphql", files=parts)
    sent = {"Content-Type": built.headers["content-type"]}
    response = await send(caller, gzip.compress(built.read()), "gzip", **sent)
    assert response.json()["data"] == {"me": {"email": caller.email}}


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "identity, gzip"])
async def test_another_coding_is_415_and_told_what_is_taken(caller: Caller, coding: str) -> None:
    response = await send(caller, PACKED["gzip"], coding)
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert response.headers["accept-encoding"] == "gzip, deflate"


async def test_two_headers_of_coding_are_two_codings(caller: Caller) -> None:
    headers = [*caller.headers.items(), ("Content-Type", "application/json")]
    headers += [("Content-Encoding", "identity"), ("Content-Encoding", "gzip")]
    response = await caller.client.post("/graphql", content=PACKED["gzip"], headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", ME),
        ("gzip", b""),
        ("gzip", PACKED["gzip"][:-9]),
        ("gzip", PACKED["gzip"][:-1] + b"\xff"),
        ("gzip", PACKED["gzip"] + PACKED["gzip"]),
        ("gzip", PACKED["gzip"] + b"x"),
        ("gzip", PACKED["deflate"]),
        ("deflate", PACKED["gzip"]),
        ("deflate", PACKED["deflate"][2:-4]),
    ],
    ids=[
        "plain", "empty", "cut off", "wrong sum", "twice", "tail", "deflate", "gzip", "without head",
    ],
)  # fmt: skip
async def test_what_cannot_be_unpacked_is_400(caller: Caller, coding: str, content: bytes) -> None:
    response = await send(caller, content, coding)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_BODY")


async def test_a_body_is_too_large_by_what_it_unpacks_to(caller: Caller) -> None:
    padded = {"query": "{ me { email } }", "operationName": None, "extensions": {"a": ""}}
    filler = body.MOST_BYTES - len(json.dumps(padded).encode())
    for more, status in ((0, 200), (1, 413)):
        padded["extensions"] = {"a": "".join(_varied(filler + more))}
        content = json.dumps(padded).encode()
        assert len(content) == body.MOST_BYTES + more
        assert (await send(caller, gzip.compress(content), "gzip")).status_code == status


def _varied(length: int) -> Iterator[str]:
    """A text that packs to about a third."""
    made = 0
    while made < length:
        word = f"{made * 2_654_435_761 % 2**32:x} "[: length - made]
        yield word
        made += len(word)


async def test_a_bomb_is_refused_with_flat_memory(address: str, caller: Caller) -> None:
    bombs = {
        "application/json": (bomb(0), bomb(600)),
        "multipart/form-data; boundary=b": (bomb(0, FILE), bomb(600, FILE)),
    }
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        there = Caller(caller.key, caller.org, caller.email, client)
        for sent, (harmless, content) in bombs.items():
            assert len(content) < 700_000
            as_sent = {"Content-Type": sent}
            assert (await send(there, harmless, "gzip", **as_sent)).status_code == 400
            tracemalloc.start()
            response = await send(there, content, "gzip", **as_sent)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE")
            assert most < 8_000_000


@pytest.mark.parametrize("most", [1_000_000, 256_000_000])
async def test_unpacking_stops_at_the_limit(most: int) -> None:
    packed = bomb(600)
    arrived, given = 0, 0

    async def receive() -> Any:
        nonlocal arrived
        piece = packed[arrived : arrived + 10_000]
        arrived += len(piece)
        return {"type": "http.request", "body": piece, "more_body": arrived < len(packed)}

    async def unpack() -> None:
        nonlocal given
        async for piece in body.pieces(_request(receive), most):
            assert len(piece) <= body.PIECE_BYTES
            given += len(piece)

    with pytest.raises(Problem) as refused:
        await unpack()
    assert refused.value.code == "BODY_TOO_LARGE"
    assert given <= min(most, body.GROWTH_ALLOWANCE + body.MOST_GROWTH * arrived)
    assert arrived <= 20_000


@pytest.mark.parametrize("size", [1, 10, 65_535, 65_536, 65_537, 3 * 65_536, 300_000])
@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("period", [1, 251])
async def test_every_byte_comes_out_however_it_arrives(size: int, step: int, period: int) -> None:
    content = bytes(number % period for number in range(size))
    packed = gzip.compress(content)
    arriving = iter([packed[start : start + step] for start in range(0, len(packed), step)])

    async def receive() -> Any:
        piece = next(arriving, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    assert await body.read_body(_request(receive)) == content


def _request(receive: Any) -> Request:
    headers = [(b"content-encoding", b"gzip")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_what_is_small_may_grow(caller: Caller) -> None:
    """A document of one word again and again packs to a thousandth; it is refused for its content, not its size."""
    content = json.dumps({"query": "{ " + "me " * 100_000 + "}"}).encode()
    packed = gzip.compress(content)
    assert len(content) > 200 * len(packed)
    response = await send(caller, packed, "gzip")
    assert response.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
