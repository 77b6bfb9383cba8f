"""From a request or connection to who asks: by its Authorization, else by its cookie and the token beside it."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from server.auth.gate import WANTED, Gate
from server.auth.policy import Principal
from server.auth.refusals import NotAuthenticated
from server.auth.sessions import Client
from server.web.cookies import (
    CSRF_HEADER,
    CsrfRefused,
    check_csrf,
    device_cookie,
    session_cookie,
)
from server.web.door import client_address


def client_of(connection: HTTPConnection) -> Client:
    """Where a request comes from."""
    agent = connection.headers.get("user-agent", "")
    correlation_id = connection.scope.get("correlation_id", "")
    return Client(
        client_address(connection.scope), agent, device_cookie(connection), correlation_id
    )


async def admit_request(gate: Gate, request: HTTPConnection) -> Principal:
    """Who sends a request over HTTP. Raises NotAuthenticated, CsrfRefused, TooManyGuesses, StoreUnavailable."""
    authorization = request.headers.get("authorization", "")
    return await admit(gate, request, authorization, request.headers.get(CSRF_HEADER, ""))


async def admit_socket(
    gate: Gate, websocket: HTTPConnection, authorization: str, csrf: str
) -> Principal:
    """Who opens a WebSocket, by what its greeting says. Raises as `admit_request`.

    Browsers let every page open sockets to everywhere, with cookies; but they always say which page it is, and the
    layer around the application has compared that with our own name.
    """
    if not authorization and session_cookie(websocket) and "origin" not in websocket.headers:
        raise CsrfRefused("a WebSocket with a cookie comes from a page, which says its Origin")
    return await admit(gate, websocket, authorization, csrf)


async def admit(gate: Gate, connection: HTTPConnection, authorization: str, csrf: str) -> Principal:
    """Who asks. What stands in Authorization counts alone, even where it is wrong."""
    address = client_address(connection.scope)
    if authorization:
        return await gate.admit_header(authorization, address)
    cookie = session_cookie(connection)
    if not cookie:
        raise NotAuthenticated(WANTED)
    check_csrf(connection, cookie, csrf)
    return await gate.admit_cookie(cookie, address)


async def admit_again(
    gate: Gate, connection: HTTPConnection, principal: Principal, authorization: str | None = None
) -> Principal:
    """Somebody whose stream is open, as they are now; `authorization` where another than the connection's let them in.

    Raises NotPermitted where they may less than before, and as `admit_request`.
    """
    if authorization is None:
        authorization = connection.headers.get("authorization", "")
    _, _, given = authorization.partition(" ")
    now = await gate.admit_again(principal, given.strip(), client_address(connection.scope))
    now.check_covers(principal)
    return now
