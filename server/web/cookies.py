"""The cookies of a browser's session, and the token that a page has to send beside them.

A cookie is called `__Host-mirage`: browsers then take it over TLS only, for this host and the whole of it, and no other
host can set it. On plain HTTP at a loopback address, where there is no TLS, it is `mirage-PORT`, so that two Mirages
on one machine do not share it.

Browsers send cookies by themselves, also when another site's page makes the request. So a request that comes with a
cookie must carry the token, which only our own page can read: an HMAC of a fixed word under the cookie's value.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

from graph.errors import MirageError

CSRF_HEADER = "X-CSRF-Token"
DEVICE_LIFE = timedelta(days=180)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_DEVICE = re.compile(r"md_[A-Za-z0-9_-]{43}\Z")
_VISIT = re.compile(r"mo_[A-Za-z0-9_-]{43}\Z")


class CsrfRefused(MirageError):
    """The request comes with a cookie, but not from a page of ours: it lacks the token of the session."""

    code = "CSRF_REFUSED"


def session_cookie(connection: HTTPConnection) -> str:
    """The session's cookie; empty without one."""
    return connection.cookies.get(_name(connection), "")


def device_cookie(connection: HTTPConnection) -> str:
    """The mark of a device that signed in before; empty without one."""
    found = connection.cookies.get(f"{_name(connection)}-device", "")
    return found if _DEVICE.match(found) else ""


def new_device() -> str:
    """A mark for a device."""
    return f"md_{secrets.token_urlsafe(32)}"


def keep_session(
    connection: HTTPConnection, response: Response, secret: str, device: str, ends: datetime
) -> None:
    """Have the browser keep a session until it ends, and the mark of the device for longer."""
    lasts = int((ends - datetime.now(UTC)).total_seconds())
    _keep(connection, response, _name(connection), secret, lasts)
    if device:
        life = int(DEVICE_LIFE.total_seconds())
        _keep(connection, response, f"{_name(connection)}-device", device, life)


def drop_session(connection: HTTPConnection, response: Response) -> None:
    """Have the browser forget its session; the device stays known."""
    _keep(connection, response, _name(connection), "", 0)


def visit_cookie(connection: HTTPConnection) -> str:
    """The mark of a browser that is at a sign-in provider; empty without one."""
    found = connection.cookies.get(f"{_name(connection)}-visit", "")
    return found if _VISIT.match(found) else ""


def new_visit() -> str:
    """A mark for a browser that goes to a sign-in provider."""
    return f"mo_{secrets.token_urlsafe(32)}"


def keep_visit(connection: HTTPConnection, response: Response, visit: str, seconds: int) -> None:
    """Have the browser keep the mark while it is away; it comes back from another site, so `strict` would lose it."""
    _keep(connection, response, f"{_name(connection)}-visit", visit, seconds, "lax")


def drop_visit(connection: HTTPConnection, response: Response) -> None:
    """Have the browser forget the mark."""
    _keep(connection, response, f"{_name(connection)}-visit", "", 0, "lax")


def csrf_token(cookie: str) -> str:
    """The token that goes with a session's cookie."""
    made = hmac.new(cookie.encode(), b"mirage csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def check_same_site(connection: HTTPConnection) -> None:
    """Refuse what a browser says comes from a page of another site. Raises CsrfRefused."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CsrfRefused("requests with a cookie come from our own pages only")


def check_csrf(connection: HTTPConnection, cookie: str, token: str) -> None:
    """Refuse a request that a page of another site could have made. Raises CsrfRefused."""
    check_same_site(connection)
    if not hmac.compare_digest(csrf_token(cookie).encode(), token.encode()):
        raise CsrfRefused(f"a request with a cookie needs {CSRF_HEADER}; /auth/session gives it")


def _name(connection: HTTPConnection) -> str:
    if _is_plain_loopback(connection):
        return f"mirage-{connection.url.port or 80}"
    return "__Host-mirage"


def _is_plain_loopback(connection: HTTPConnection) -> bool:
    is_plain = connection.url.scheme in ("http", "ws")
    return is_plain and connection.url.hostname in LOOPBACK


def _keep(
    connection: HTTPConnection,
    response: Response,
    name: str,
    value: str,
    seconds: int,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=not _is_plain_loopback(connection),
        httponly=True,
        samesite=same_site,
    )
