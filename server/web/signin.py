"""The pages on which people sign in, set a password by a link, and accept an invitation: three files of our own.

One page serves all of them; what it shows follows from its address. Links carry their token behind `#`, which no
server, proxy or log on the way sees.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SIGN_IN_PATHS = ("/signin", "/password", "/invitation")
FILES = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


@cache
def _content(name: str) -> bytes:
    return files("server.web").joinpath("signin_page", name).read_bytes()


async def _page(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
    return Response(
        _content("page.html"),
        media_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


def _part(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of one file; nothing else of the folder is served."""

    async def part(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
        return Response(
            _content(name), media_type=FILES[name], headers={"Cache-Control": "no-cache"}
        )

    return part


def signin_routes() -> list[Route]:
    """The routes of the pages and of what they are made of."""
    pages = [Route(path, _page, methods=["GET"]) for path in SIGN_IN_PATHS]
    parts = [Route(f"/signin/{name}", _part(name), methods=["GET"]) for name in FILES]
    return [*pages, *parts]
