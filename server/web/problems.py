"""Faults as HTTP: which status an error code has, and the body of a refusal outside GraphQL (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import orjson
from starlette.responses import Response

from graph.errors import MirageError
from server.auth.refusals import OrganizationNeeded, RateLimited, TooManyGuesses

STATUS_OF: Mapping[str, int] = {
    "NOT_AUTHENTICATED": 401,
    "SECOND_FACTOR_NEEDED": 401,
    "SESSION_ENDED": 401,
    "SIGN_IN_REFUSED": 401,
    "NOT_PERMITTED": 403,
    "OIDC_REFUSED": 403,
    "CSRF_REFUSED": 403,
    "DOCUMENT_NOT_TRUSTED": 403,
    "FORBIDDEN_ORIGIN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "BODY_TIMEOUT": 408,
    "ORGANIZATION_NEEDED": 409,
    "CONFLICT": 409,
    "BODY_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MISDIRECTED": 421,
    "RATE_LIMITED": 429,
    "IDEMPOTENCY_MISMATCH": 422,
    "TOO_MANY_GUESSES": 429,
    "TOO_MANY_OPEN": 429,
    "HEAD_TOO_LARGE": 431,
    "INTERNAL": 500,
    "HASHING_BUSY": 503,
    "KEY_SERVICE_UNAVAILABLE": 503,
    "MAIL_UNAVAILABLE": 503,
    "SOURCE_UNAVAILABLE": 503,
    "TOO_MANY_CONNECTIONS": 503,
    "OIDC_UNAVAILABLE": 503,
    "STORAGE_FULL": 503,
    "STORE_OVERLOADED": 503,
    "STORE_UNAVAILABLE": 503,
    "STREAM_UNAVAILABLE": 503,
}
"""The status of an error that is the whole answer; any other code is 400."""

RETRY_AFTER_S = {
    "HASHING_BUSY": 2,
    "KEY_SERVICE_UNAVAILABLE": 10,
    "MAIL_UNAVAILABLE": 60,
    "SOURCE_UNAVAILABLE": 2,
    "OIDC_UNAVAILABLE": 10,
    "RATE_LIMITED": 60,
    "STORAGE_FULL": 30,
    "STORE_OVERLOADED": 5,
    "STORE_UNAVAILABLE": 2,
    "STREAM_UNAVAILABLE": 2,
    "TOO_MANY_CONNECTIONS": 2,
    "TOO_MANY_GUESSES": 60,
}
"""How long to wait before asking again, for each error that passes."""


class Problem(Exception):
    """A request that is refused before GraphQL sees it; `headers` say what would be right."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = headers or {}


def status_of(codes: Iterable[str]) -> int:
    """The status of an answer that has only errors: the first one's that is not the caller's, else that is not 400."""
    known = [STATUS_OF[code] for code in codes if code in STATUS_OF]
    return next((status for status in known if status >= 500), known[0] if known else 400)


def headers_of(codes: Iterable[str]) -> dict[str, str]:
    """What a client needs to know to do it right the next time."""
    headers: dict[str, str] = {}
    for code in codes:
        if code in RETRY_AFTER_S:
            headers["Retry-After"] = str(RETRY_AFTER_S[code])
        if code == "NOT_AUTHENTICATED":
            headers["WWW-Authenticate"] = 'Bearer realm="mirage"'
    return headers


def problem_response(
    code: str,
    detail: str,
    correlation_id: str,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> Response:
    """A refusal as a problem document; `members` are further ones."""
    status = status_of([code])
    body = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "correlationId": correlation_id,
        **(members or {}),
    }
    told = headers_of([code]) | dict(headers or {})
    return Response(orjson.dumps(body), status, told, media_type="application/problem+json")


def refusal_response(error: MirageError, correlation_id: str) -> Response:
    """An error of ours as a problem document, with what it says about when and how to come again."""
    headers: dict[str, str] = {}
    members: dict[str, object] = {}
    if isinstance(error, OrganizationNeeded):
        members["organizations"] = [{"id": id_, "name": name} for id_, name in error.organizations]
    if isinstance(error, TooManyGuesses):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, RateLimited):
        headers |= error.headers
    return problem_response(error.code, str(error), correlation_id, headers, members)
