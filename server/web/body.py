"""Reading a request's body: packed or not, in pieces, with limits on its size, on its growth and on its time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.requests import ClientDisconnect, Request

from server.web.problems import Problem

MOST_BYTES = 1_000_000
MOST_SILENCE_S = 15.0
LEAST_BYTES_PER_S = 10_000

PIECE_BYTES = 65_536
MOST_GROWTH = 100
GROWTH_ALLOWANCE = 500_000  # what is small may consist of one word
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
TAKEN = {"Accept-Encoding": "gzip, deflate"}


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The whole body. Raises as `pieces`."""
    return b"".join([piece async for piece in pieces(request, most)])


async def pieces(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces, unpacked.

    Raises Problem beyond `most` bytes, packed or unpacked, before more than that is read; when nothing comes for a
    while, or only a trickle; for a coding that is not taken, and for what cannot be unpacked.
    """
    coding = _coding(request)
    _check_length(request, most)
    arriving = _arriving(request, most)
    size = 0
    async for piece in _unpacked(arriving, WINDOW_BITS[coding]) if coding else arriving:
        size += len(piece)
        if size > most:
            raise _too_large(most)
        yield piece


async def _arriving(request: Request, most: int) -> AsyncIterator[bytes]:
    """What comes over the wire. A large body may take its time, but it has to go on, and not by a trickle."""
    size, started = 0, time.monotonic()
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(MOST_SILENCE_S):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise Problem(
                "BODY_TIMEOUT", f"nothing came for {MOST_SILENCE_S:.0f} s before the body's end"
            ) from error
        except ClientDisconnect as error:
            raise Problem("BODY_TIMEOUT", "the connection ended before the body") from error
        if piece is None:
            return
        size += len(piece)
        if size > most:
            raise _too_large(most)
        if time.monotonic() - started > MOST_SILENCE_S + size / LEAST_BYTES_PER_S:
            raise Problem(
                "BODY_TIMEOUT", f"the body comes at less than {LEAST_BYTES_PER_S} bytes a second"
            )
        yield piece


async def _unpacked(arriving: AsyncIterator[bytes], bits: int) -> AsyncIterator[bytes]:
    """What was packed, never more than a piece of it at a time; it may not grow like a bomb."""
    unpacking = zlib.decompressobj(bits)
    taken = given = 0
    async for packed in arriving:
        taken += len(packed)
        waiting = packed
        while waiting:  # what a piece had no room for comes out with what follows: the sum at the end, if nothing else
            if unpacking.eof:
                raise Problem("INVALID_BODY", "something follows the end of the packed body")
            try:
                piece = unpacking.decompress(waiting, PIECE_BYTES)
            except zlib.error as error:
                raise Problem("INVALID_BODY", f"the body cannot be unpacked: {error}") from error
            given += len(piece)
            if given > GROWTH_ALLOWANCE + MOST_GROWTH * taken:
                raise Problem(
                    "BODY_TOO_LARGE", f"the body unpacks to more than {MOST_GROWTH} times its size"
                )
            yield piece
            await asyncio.sleep(0)  # others get their turn
            waiting = unpacking.unused_data or unpacking.unconsumed_tail
    if not unpacking.eof:
        raise Problem("INVALID_BODY", "the packed body is cut off")


def _coding(request: Request) -> str:
    """How the body is packed; "" for not at all."""
    given = ",".join(request.headers.getlist("content-encoding")).strip().lower()
    if given in ("", "identity"):
        return ""
    if given not in WINDOW_BITS:
        detail = "send the body as it is, or packed once, with gzip or deflate"
        raise Problem("UNSUPPORTED_MEDIA_TYPE", detail, TAKEN)
    return given


def _check_length(request: Request, most: int) -> None:
    """Refuse a body that says itself that it is too large."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and (len(length) > 15 or int(length) > most):
        raise _too_large(most)


def _too_large(most: int) -> Problem:
    return Problem("BODY_TOO_LARGE", f"the body may have at most {most} bytes")
