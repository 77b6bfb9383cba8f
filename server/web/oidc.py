"""The way to sign-in providers and back: two addresses that browsers are sent to, and the list of providers.

Whoever is not let in sees a page that says why. Nothing a provider or a visitor wrote is read as HTML there.
"""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from string import Template

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from graph.errors import MirageError
from server.auth.oidc.flow import VISIT_LIFE, Answer, Oidc, Visit
from server.auth.oidc.refusals import OidcRefused
from server.auth.sessions import Client
from server.web import metrics
from server.web.cookies import (
    check_same_site,
    drop_visit,
    keep_session,
    keep_visit,
    new_device,
    new_visit,
    session_cookie,
    visit_cookie,
)
from server.web.credentials import client_of
from server.web.problems import headers_of, status_of

OIDC = "/auth/oidc"
LONGEST = 4_096

Endpoint = Callable[[Request], Awaitable[Response]]


async def listed(request: Request) -> Response:
    """The providers by name and title, for the sign-in page."""
    ways = [{"name": each.name, "title": each.title} for each in _oidc(request).providers]
    return Response(orjson.dumps({"providers": ways}), media_type="application/json")


async def start(request: Request) -> Response:
    """Send a browser to a provider. No page of another site may have that done."""
    check_same_site(request)
    visit = Visit(client_of(request), visit_cookie(request) or new_visit())
    path = _only(request, "next")
    address = await _oidc(request).begin(request.path_params["provider"], path, visit)
    response = RedirectResponse(address, 303)
    keep_visit(request, response, visit.mark, int(VISIT_LIFE.total_seconds()))
    return response


async def callback(request: Request) -> Response:
    """Let somebody in who comes back from a provider, with a session that is always a new one."""
    oidc, client = _oidc(request), client_of(request)
    device = client.device or new_device()
    client = Client(client.address, client.agent, device)
    names = ("state", "code", "iss", "error", "error_description")
    answer = Answer(**{name: _only(request, name) for name in names})
    visit = Visit(client, visit_cookie(request), session_cookie(request))
    entered = await oidc.complete(request.path_params["provider"], answer, visit)
    response = RedirectResponse(f"{oidc.base}{entered.path}", 303)
    issued = entered.signed_in.issued
    keep_session(request, response, issued.secret, device, issued.expires_at)
    drop_visit(request, response)
    return response


def oidc_routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route(OIDC, listed, methods=["GET"]),
        Route(f"{OIDC}/{{provider}}/start", _paged(start), methods=["GET"]),
        Route(f"{OIDC}/{{provider}}/callback", _paged(callback), methods=["GET"]),
    ]


def _paged(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals are pages for people."""

    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except MirageError as error:
            metrics.REFUSALS.labels(error.code).inc()
            said = str(error)
            page = _template().substitute(
                message=html.escape(f"{said[:1].upper()}{said[1:]}."),
                reason=html.escape(getattr(error, "reason", error.code)),
                correlation=html.escape(request.scope["correlation_id"]),
            )
            codes = [error.code]
            return Response(page, status_of(codes), headers_of(codes), "text/html; charset=utf-8")

    return run


@cache
def _template() -> Template:
    return Template(files("server.web").joinpath("signin_page", "refused.html").read_text("utf-8"))


def _only(request: Request, name: str) -> str:
    """A parameter of the address; empty without one. Raises OidcRefused where it stands twice or is too long."""
    given = request.query_params.getlist(name)
    if len(given) > 1 or any(len(each) > LONGEST for each in given):
        raise OidcRefused("MALFORMED", f"the address has {name} twice, or too long")
    return given[0] if given else ""


def _oidc(request: Request) -> Oidc:
    oidc: Oidc = request.app.state.services.reception.oidc
    return oidc
