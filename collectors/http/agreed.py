"""The forms of files at agreed places: security.txt, robots.txt, sitemaps, OpenID configuration.

Pure. What has not the form gives nothing; what is broken within it is left out.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_MOST = 300
_LINES = 5_000
_RULES = frozenset({"user-agent", "disallow", "allow", "sitemap"})
_SECURITY_LINKS = frozenset(
    {"policy", "encryption", "acknowledgments", "hiring", "canonical", "csaf"}
)
_ENDPOINT = re.compile(r"(?:issuer|jwks_uri|\w+_endpoint)\Z")
_XML_BYTES = 2_000_000


@dataclass(frozen=True)
class SecurityFields:
    """What a security.txt states (RFC 9116)."""

    contacts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    expires: datetime | None = None


def security_fields(text: str) -> SecurityFields:
    """The fields of a security.txt; no contacts means that it is none."""
    pairs = list(_pairs(text))
    expires = next((value for name, value in pairs if name == "expires"), "")
    return SecurityFields(
        tuple(value for name, value in pairs if name == "contact")[:_MOST],
        tuple(value for name, value in pairs if name in _SECURITY_LINKS)[:_MOST],
        _moment(expires),
    )


def robots_urls(text: str) -> tuple[str, ...] | None:
    """The paths and sitemaps that a robots.txt names, each once; None where it is none.

    Paths with wildcards name no page.
    """
    rules = [
        (name, value.partition(" #")[0].strip()) for name, value in _pairs(text) if name in _RULES
    ]
    if not rules:
        return None
    named = (
        value
        for name, value in rules
        if name != "user-agent" and value not in ("", "/") and not set(value) & set("*$#")
    )
    return tuple(dict.fromkeys(named))[:_MOST]


def sitemap_urls(body: bytes) -> tuple[str, ...]:
    """The pages that a sitemap (or an index of sitemaps) names, each once."""
    if body[:2] == b"\x1f\x8b":
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _XML_BYTES)
        except (zlib.error, gzip.BadGzipFile):
            return ()
    try:
        root = fromstring(body[:_XML_BYTES], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return ()
    if root.tag.rpartition("}")[2] not in ("urlset", "sitemapindex"):
        return ()
    places = (e.text.strip() for e in root.iter() if e.tag.rpartition("}")[2] == "loc" and e.text)
    return tuple(dict.fromkeys(places))[:_MOST]


def openid_urls(text: str) -> tuple[str, ...]:
    """The addresses that an OpenID configuration names; none where it has no issuer."""
    try:
        raw = json.loads(text[:200_000]) if text.lstrip().startswith("{") else {}
    except (ValueError, RecursionError):
        return ()
    if not isinstance(raw.get("issuer"), str):
        return ()
    named = (v for k, v in raw.items() if _ENDPOINT.search(k) and isinstance(v, str))
    return tuple(dict.fromkeys(named))[:_MOST]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each line `name: value`, names in lower case."""
    for line in text.splitlines()[:_LINES]:
        name, colon, value = line.partition(":")
        if colon and value.strip():
            yield name.strip().lower(), value.strip()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
