"""Packing of larger answers with gzip, for clients that accept it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

LEAST_BYTES = (
    14_000  # what fits into the first packets of a connection arrives no sooner for being smaller
)
LEVEL = 4


class Packing:
    """Packs what is whole and large; streams of events pass as they are, and large answers are packed in a thread.

    Never where cookies come along: the length of a packed answer tells what in it repeats what was asked (BREACH), so
    whoever can make somebody's browser ask, and sees the lengths, could guess a secret in the answers letter by letter.
    A key in a header is sent by no browser of its own accord, so there nobody can make it ask.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _accepts_gzip(Headers(scope=scope)):
            packing = GZipResponder(self._app, LEAST_BYTES, compresslevel=LEVEL)
            await packing(scope, receive, send)
        else:  # only says that it could have been packed, which caches have to know
            await IdentityResponder(self._app, LEAST_BYTES)(scope, receive, send)


def _accepts_gzip(headers: Headers) -> bool:
    if "cookie" in headers:
        return False
    for each in ",".join(headers.getlist("accept-encoding")).lower().split(","):
        coding, *parameters = (part.strip() for part in each.split(";"))
        if coding == "gzip":
            return not any(_is_zero(each) for each in parameters)
    return False


def _is_zero(parameter: str) -> bool:
    """Whether it refuses: q=0, q=0.000."""
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and not value.strip().strip("0.")
