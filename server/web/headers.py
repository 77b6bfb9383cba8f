"""The headers by which browsers are told what to keep from; each answer has them, whoever gives it."""

from __future__ import annotations

from collections.abc import Mapping

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)
STRICT_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": NOTHING,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def security_headers(policy: str = NOTHING, hsts_s: int = 0) -> dict[str, str]:
    """Those of an answer with this policy for its content; with `hsts_s`, those of one given by HTTPS."""
    headers = {**SECURITY, "Content-Security-Policy": policy}
    if hsts_s:
        headers["Strict-Transport-Security"] = f"max-age={hsts_s}"
    return headers
