"""Reading a request's body with a limit on its size and on the time it may take."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from server.web.problems import Problem

MOST_BYTES = 1_000_000
MOST_SECONDS = 15.0


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The whole body. Raises Problem beyond `most` bytes, before reading more than that, or when it stays out."""
    check_length(request, most)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise too_large(most)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Problem(
            "BODY_TIMEOUT", f"the body did not arrive within {MOST_SECONDS:.0f} s"
        ) from error
    except ClientDisconnect as error:
        raise Problem("BODY_TIMEOUT", "the connection ended before the body") from error
    return b"".join(chunks)


def check_length(request: Request, most: int) -> None:
    """Refuse a body that says itself that it is too large, and packed ones."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send the body without Content-Encoding")
    length = request.headers.get("content-length", "")
    if length.isdigit() and (len(length) > 15 or int(length) > most):
        raise too_large(most)


def too_large(most: int) -> Problem:
    """The refusal of a body beyond `most` bytes."""
    return Problem("BODY_TOO_LARGE", f"the body may have at most {most} bytes")
