"""The pages of our own: signing in, a password by a link, an invitation, one's account. Files, and nothing else.

One page serves the first three; what it shows follows from its address. Links carry their token behind `#`, which no
server, proxy or log on the way sees. What the account's page asks in GraphQL lies beside it, a file each: it is trusted
also where only trusted documents are answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGES = dict.fromkeys(("/signin", "/password", "/invitation"), "page.html") | {
    "/account": "account.html"
}
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
DOCUMENTS = "documents.json"


@cache
def documents() -> dict[str, str]:
    """What the account's page asks in GraphQL, by name."""
    found = files("server.web").joinpath("signin_page", "documents").iterdir()
    return {each.name.removesuffix(".graphql"): each.read_text("utf-8") for each in found}


def parts() -> list[str]:
    """The names of what the pages are made of."""
    found = files("server.web").joinpath("signin_page").iterdir()
    return sorted(each.name for each in found if each.name.endswith(tuple(KINDS)))


@cache
def _content(name: str) -> bytes:
    if name == DOCUMENTS:
        return orjson.dumps(documents())
    return files("server.web").joinpath("signin_page", name).read_bytes()


def _served(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of one file; nothing else of the folder is served."""

    async def part(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
        return Response(_content(name), media_type=kind, headers={"Cache-Control": "no-cache"})

    return part


def signin_routes() -> list[Route]:
    """The routes of the pages and of what they are made of."""
    made = [(path, name, "text/html; charset=utf-8") for path, name in PAGES.items()]
    made += [(f"/signin/{name}", name, _kind(name)) for name in parts()]
    made.append((f"/signin/{DOCUMENTS}", DOCUMENTS, "application/json"))
    return [Route(path, _served(name, kind), methods=["GET"]) for path, name, kind in made]


def _kind(name: str) -> str:
    kind = KINDS[name[name.rindex(".") :]]
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
