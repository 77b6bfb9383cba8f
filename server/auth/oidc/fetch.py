"""Speaking HTTP to a provider: within two seconds and a bound of bytes, without following anything elsewhere.

These are for all that somebody waits for in one visit together, so that a provider which stalls at every step holds
nobody up for longer.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from authlib.common.security import is_secure_transport

from server.auth.oidc.refusals import OidcUnavailable

WITHIN_S = 1.5  # what else there is to do for whoever waits takes some time, too
MOST_BYTES = 262_144

# Packed answers are not taken: a small one can unpack to any size.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "mirage"}


async def fetch_json(
    url: str, form: str | None = None, headers: Mapping[str, str] = HEADERS
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object at an address; with a form, what posting it gives. Raises OidcUnavailable."""
    try:
        async with in_time():
            status, body = await _fetch(url, form, headers)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise _away("AWAY", "cannot be reached") from error
    if 300 <= status < 400:
        raise _away("REDIRECT", "sends elsewhere, which is not followed")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _away("NO_JSON", f"answered something that is no JSON (status {status})") from error
    if not isinstance(found, dict):
        raise _away("NO_JSON", "answered JSON that is no object")
    return status, found


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """No longer than somebody may wait for a provider. Raises OidcUnavailable."""
    try:
        async with asyncio.timeout(WITHIN_S):
            yield
    except TimeoutError as error:
        raise _away("SLOW", "did not answer within two seconds") from error


def is_allowed(url: object, issuer: str) -> bool:
    """Whether an address that a provider names may be used: https, or loopback where the provider itself is there."""
    if not isinstance(url, str) or len(url) > 2_000 or not is_secure_transport(url):
        return False
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or urlsplit(issuer).scheme == "http"


async def _fetch(url: str, form: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    async with (
        httpx.AsyncClient(verify=_trusted(), trust_env=False, timeout=WITHIN_S) as client,
        client.stream(
            "GET" if form is None else "POST", url, content=form, headers=dict(headers)
        ) as response,
    ):
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _away("ENCODING", "packed its answer although it was asked not to")
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise _away("TOO_LARGE", f"answered more than {MOST_BYTES} bytes")
        return response.status_code, body


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _away(reason: str, what: str) -> OidcUnavailable:
    return OidcUnavailable(reason, f"the sign-in provider {what}; try again, or sign in otherwise")
