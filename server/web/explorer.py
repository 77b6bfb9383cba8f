"""GraphiQL, served by ourselves from files built beforehand, so that it works without any other network."""

from __future__ import annotations

import io
import mimetypes
import tarfile
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.web.problems import problem_response

EXPLORER = "/graphiql"
ARCHIVE = "graphiql.tar.gz"
INDEX = "index.html"


@cache
def pages() -> dict[str, bytes]:
    """The built files by their paths."""
    packed = files("server.web").joinpath(ARCHIVE).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {
            member.name.removeprefix("./"): content.read()
            for member in members
            if (content := archive.extractfile(member))
        }


async def page(request: Request) -> Response:
    """One file of the explorer; its beginning for the folder."""
    name = request.path_params.get("name") or INDEX
    content = pages().get(name)
    if content is None:
        detail = f"the explorer has no file {name[:100]!r}"
        return problem_response("NOT_FOUND", detail, request.scope["correlation_id"])
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # Built files carry their content's hash in their names; the page that names them does not.
    keep = "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
    return Response(content, media_type=kind, headers={"Cache-Control": keep})


async def to_folder(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
    """The folder's address ends in a slash, so that the page's relative addresses hold."""
    return RedirectResponse(f"{EXPLORER}/")


def explorer_routes() -> list[Route]:
    """The routes of the explorer."""
    return [Route(EXPLORER, to_folder), Route(f"{EXPLORER}/{{name:path}}", page)]
