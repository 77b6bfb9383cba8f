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

from graph.errors import MirageError
from server.auth.policy import Permission
from server.auth.refusals import NotAuthenticated, SessionEnded
from server.web.cookies import session_cookie
from server.web.door import client_address
from server.web.problems import problem_response, refusal_response
from server.web.services import Services

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
    if name == INDEX and (refusal := await _refusal(request)):
        return refusal
    content = pages().get(name)
    if content is None:
        detail = f"the explorer has no file {name[:100]!r}"
        return problem_response("NOT_FOUND", detail, request.scope["correlation_id"])
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # Built files carry their content's hash in their names; the page that names them does not.
    keep = "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
    return Response(content, media_type=kind, headers={"Cache-Control": keep})


async def _refusal(request: Request) -> Response | None:
    """What is answered to whoever does not get the page; whoever could sign in is shown where."""
    services: Services = request.app.state.services
    correlation_id = request.scope["correlation_id"]
    if services.explorer == "everyone":
        return None
    if services.explorer == "off":
        return problem_response("NOT_FOUND", "GraphiQL is not served here", correlation_id)
    to_sign_in = RedirectResponse(f"/signin?next={EXPLORER}/", 303)
    cookie = session_cookie(request)
    if not cookie:
        return to_sign_in
    try:
        caller = await services.gate.admit_cookie(cookie, client_address(request.scope))
        caller.require(Permission.READ_SCHEMA, "GraphiQL")
    except (NotAuthenticated, SessionEnded):
        return to_sign_in
    except MirageError as error:
        return refusal_response(error, correlation_id)
    return None


async def to_folder(request: Request) -> Response:  # noqa: ARG001 - an endpoint's form
    """The folder's address ends in a slash, so that the page's relative addresses hold."""
    return RedirectResponse(f"{EXPLORER}/")


def explorer_routes() -> list[Route]:
    """The routes of the explorer."""
    return [Route(EXPLORER, to_folder), Route(f"{EXPLORER}/{{name:path}}", page)]
