"""What every request passes: correlation id, host and origin policy, security headers, one log line."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph import tracing
from server.jobs.log import get_logger
from server.web import metrics
from server.web.door import Door
from server.web.headers import NOTHING, security_headers
from server.web.origins import allowances, is_welcome, preflight
from server.web.problems import problem_response

log = get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_HOST = re.compile(r"([^\[\]:,\s]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
UNTRACED = ("/healthz", "/readyz", "/metrics")  # asked all the time, by machines
STARTS = ("http.response.start", "websocket.http.response.start")


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, door: Door, pages: Mapping[str, str]) -> None:
        """`pages` are the policies of what is shown to people, by how its paths begin."""
        self._app = app
        self._door = door
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-correlation-id", "")
        is_given = _ID.match(given) is not None
        correlation_id = given if is_given else uuid.uuid4().hex
        scope["correlation_id"] = correlation_id
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            sending = self._with_headers(scope, headers, send)
            if answer := self._answer(scope, headers):
                await answer(scope, receive, sending)
            elif scope["type"] == "websocket":
                await self._app(scope, receive, sending)
            elif scope["path"] in UNTRACED:
                await self._serve(scope, receive, sending)
            else:
                told: tracing.Attributes = (
                    {} if is_given else {"mirage.correlation_id": correlation_id}
                )
                with tracing.begun("request", told, kind="server"):
                    await self._serve(scope, receive, sending)

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to what goes no further, if this is such a request."""
        if refusal := self._refusal(headers):
            code, detail = refusal
            metrics.REFUSALS.labels(code).inc()
            return problem_response(code, detail, scope["correlation_id"])
        return preflight(scope, headers, self._door.origins)

    def _refusal(self, headers: Headers) -> tuple[str, str] | None:
        """Requests for other names (a page that rebinds its own), or from other sites, are not for us."""
        host = ",".join(headers.getlist("host")).lower()
        if _name_of(host) not in self._door.hosts:
            return "MISDIRECTED", f"this server does not answer for {host[:100] or 'an empty host'}"
        if not is_welcome(headers, self._door.origins):
            return "FORBIDDEN_ORIGIN", "requests from pages of other sites are refused"
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

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
            tracing.noted(_traced(scope, status))
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _with_headers(self, scope: Scope, asked: Headers, send: Send) -> Send:
        path: str = scope["path"]
        policy = next((p for start, p in self._pages.items() if path.startswith(start)), NOTHING)
        hsts_s = self._door.hsts_s if scope["scheme"] in ("https", "wss") else 0
        told = {
            "X-Correlation-Id": scope["correlation_id"],
            **security_headers(policy, hsts_s),
            **allowances(asked, self._door.origins),
        }

        async def sending(message: Message) -> None:
            if message["type"] in STARTS:
                headers = MutableHeaders(scope=message)
                headers.update(told)
                headers.add_vary_header("Origin")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sending


def _traced(scope: Scope, status: int) -> tracing.Attributes:
    """What traces tell of a request; its path may hold anything, but not the name of what answers it."""
    method: str = scope["method"]
    return {
        "http.request.method": method if method in METHODS else "_OTHER",
        "http.response.status_code": status,
        "mirage.endpoint": getattr(scope.get("endpoint"), "__name__", ""),
    }


def _name_of(host: str) -> str:
    """The host's name without its port; "" for what is no host, or several."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""
