"""http.headers: the policies that a page's response headers state, and the usual ones it lacks.

What differs at each answer (dates, nonces, session ids) is not stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, cast

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.asking import GONE, is_web, media_type_of, page_request
from graph.model.base import Entity, Fact
from graph.model.web import URL

_NONCE = re.compile(r"'nonce-[^']*'")
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_SINGLE = {
    "frame_options": "x-frame-options",
    "content_type_options": "x-content-type-options",
    "referrer_policy": "referrer-policy",
    "permissions_policy": "permissions-policy",
    "allowed_origin": "access-control-allow-origin",
    "powered_by": "x-powered-by",
    "server": "server",
}


class Headers(Collector):
    """Reads the headers of a page."""

    id: ClassVar[str] = "http.headers"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The page itself; its answer is shared with other collectors of it."""
        if is_web(target.key):
            yield page_request(target.key)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The URL with the policies of its answer; nothing for what is not there."""
        answer = cast(HttpResponse, response)
        if not answer.closed and answer.status not in GONE:
            yield URL(url=target.key, **policies(answer))


def policies(answer: HttpResponse) -> dict[str, Any]:
    """The properties that follow from an answer's headers."""
    is_secure = answer.request.url.startswith("https:")
    found: dict[str, Any] = {
        name: answer.header(header).strip() or None for name, header in _SINGLE.items()
    }
    found |= {
        "status": answer.status,
        "media_type": media_type_of(answer) or None,
        "content_security_policy": _content_policy(answer) or None,
        "insecure_cookies": tuple(sorted(insecure_cookies(answer, is_secure=is_secure))),
        "missing_policies": missing(answer, is_secure=is_secure),
    }
    # Browsers heed this header over TLS only (RFC 6797).
    transport = answer.header("strict-transport-security") if is_secure else ""
    if match := _MAX_AGE.search(transport):
        found["hsts_max_age_s"] = int(match[1])
        found["hsts_include_subdomains"] = "includesubdomains" in transport.lower()
    return found


def missing(answer: HttpResponse, *, is_secure: bool) -> tuple[str, ...]:
    """The usual policies that a complete HTML page comes without, in alphabetical order."""
    if answer.status != 200 or media_type_of(answer) != "text/html":
        return ()
    content = _content_policy(answer).lower()
    lacking = {
        "content-security-policy": not content,
        "referrer-policy": not answer.header("referrer-policy"),
        "strict-transport-security": is_secure and not answer.header("strict-transport-security"),
        "x-content-type-options": not answer.header("x-content-type-options"),
        "x-frame-options": not answer.header("x-frame-options")
        and "frame-ancestors" not in content,
    }
    return tuple(sorted(name for name, lacks in lacking.items() if lacks))


def insecure_cookies(answer: HttpResponse, *, is_secure: bool) -> Iterator[str]:
    """Names of cookies that scripts may read, or that a page under TLS sends in the clear."""
    for name, value in answer.headers:
        if name != "set-cookie":
            continue
        cookie, *rest = (part.strip() for part in value.split(";"))
        flags = {part.lower() for part in rest}
        if "httponly" not in flags or (is_secure and "secure" not in flags):
            yield cookie.partition("=")[0].strip()


def _content_policy(answer: HttpResponse) -> str:
    return _NONCE.sub("'nonce-…'", answer.header("content-security-policy").strip())
