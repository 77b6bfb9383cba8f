"""What every request passes: correlation id, host and origin policy, security headers, one log line."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from server.jobs.log import get_logger
from server.web.problems import problem_response

log = get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], pages: str) -> None:
        self._app = app
        self._hosts = hosts
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-correlation-id", "")
        correlation_id = given if _ID.match(given) else uuid.uuid4().hex
        scope["correlation_id"] = correlation_id
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            if refusal := self._refusal(headers):
                await self._refuse(scope, receive, send, *refusal)
            elif scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._serve(scope, receive, send)

    def _refusal(self, headers: Headers) -> tuple[str, str] | None:
        """Requests for other names (a page that rebinds its own), or from other sites, are not for us."""
        host = headers.get("host", "").lower()
        if _name_of(host) not in self._hosts:
            return "MISDIRECTED", f"this server does not answer for {host[:100] or 'an empty host'}"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin.lower()).netloc != host:
            return "FORBIDDEN_ORIGIN", "requests from pages of other sites are refused"
        return None

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, code: str, detail: str
    ) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose(1008, code)(scope, receive, send)
            return
        response = problem_response(code, detail, scope["correlation_id"])
        await response(scope, receive, self._with_headers(scope, send))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await sending(message)

        sending = self._with_headers(scope, send)
        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("a request failed", path=scope["path"])
            if not status:
                detail = (
                    f"something went wrong here; the log has more under {scope['correlation_id']}"
                )
                response = problem_response("INTERNAL", detail, scope["correlation_id"])
                await response(scope, receive, watched)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        is_page = scope["path"].startswith(self._pages)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Correlation-Id"] = scope["correlation_id"]
                headers["Content-Security-Policy"] = PAGE if is_page else NOTHING
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sending


def _name_of(host: str) -> str:
    """The host's name without its port."""
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
