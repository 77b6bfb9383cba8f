"""Pages of other sites: which of them may use the API, and how browsers are told so (CORS).

Whoever sends no Origin is no page, and needs a key like everybody.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

PREFLIGHT_KEPT_S = 600
METHODS = "GET, HEAD, POST"
READABLE = "Retry-After, WWW-Authenticate, X-Correlation-Id, X-Mirage-Bookmark"


def is_welcome(headers: Headers, listed: frozenset[str]) -> bool:
    """Whether a request is from no page at all, from a page of this very host, or from a listed origin."""
    origin, host = _origin_of(headers), headers.get("host", "").lower()
    return not origin or origin in listed or origin in (f"http://{host}", f"https://{host}")


def allowances(headers: Headers, listed: frozenset[str]) -> Mapping[str, str]:
    """What tells a browser that a listed page may read the answer; credentials are for listed ones alone."""
    origin = _origin_of(headers)
    if origin not in listed:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": READABLE,
    }


def preflight(scope: Scope, headers: Headers, listed: frozenset[str]) -> Response | None:
    """The answer to a browser that asks beforehand for a listed page; None for any other request.

    Which headers such a page sends is its own affair: what they may do is decided when they come.
    """
    asks = scope.get("method") == "OPTIONS" and "access-control-request-method" in headers
    if not asks or _origin_of(headers) not in listed:
        return None
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": headers.get("access-control-request-headers", ""),
            "Access-Control-Max-Age": str(PREFLIGHT_KEPT_S),
        },
    )


def _origin_of(headers: Headers) -> str:
    """Where the page is from; "" for no page. Several at once are no origin that anybody lists."""
    return ",".join(headers.getlist("origin")).lower()
