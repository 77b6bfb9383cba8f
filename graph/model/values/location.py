"""Web addresses (URLs): the canonical form of RFC 3986, so that one page has one key.

Only what RFC 3986 section 6 calls equivalent becomes equal: the order of a query and the case of a
path are kept. User name and password are dropped, since a key must never hold a secret; what had
them is told by `has_userinfo`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from graph.errors import Refused
from graph.model.values.address import ip_of
from graph.model.values.domain import domain_of
from graph.model.values.normaliser import Normaliser
from graph.model.values.text import text_of

WANTED = "a URL"
LONGEST = 4_000  # what an index of the database can hold, with room for the rest of its entry
DEFAULT_PORTS = {
    "ftp": 21, "ftps": 990, "http": 80, "https": 443, "ldap": 389, "ldaps": 636, "rtsp": 554,
    "sftp": 22, "ssh": 22, "telnet": 23, "ws": 80, "wss": 443,
}  # fmt: skip

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_SECRET = re.compile(r"^([^/?#]*:/*)[^/?#]*@")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT_IN_PATH = "/:@!$&'()*+,;=%~"
_KEPT_IN_QUERY = _KEPT_IN_PATH + "?"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~_.-]*")
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~_.?-]*")


class UrlParts(NamedTuple):
    """A canonical URL in parts. `port` is the effective one, None where the scheme has none."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str


def url_of(raw: object) -> str:
    """The canonical form of an absolute URL with a host."""
    try:
        return _url_of(raw)
    except Refused as error:
        # Without its cause, which may show a password.
        raise Refused(WANTED, _without_secret(raw), error.reason) from None


def has_userinfo(raw: object) -> bool:
    """Whether `raw` is a URL with a user name or password, which its canonical form drops."""
    match = _PARTS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return match is not None and "@" in match[2]


def url_parts(url: str) -> UrlParts:
    """The parts of a canonical URL; the host of version 6 is without brackets."""
    match = _PARTS.fullmatch(url)
    if match is None:
        raise Refused(WANTED, url, "it is not in canonical form")
    scheme, authority, path, query = match.groups()
    host, _, port = authority.rpartition(":")
    if not host or port.endswith("]"):
        host, port = authority, ""
    effective = int(port) if port else DEFAULT_PORTS.get(scheme)
    return UrlParts(scheme, host.strip("[]"), effective, path, (query or "")[1:])


def _url_of(raw: object) -> str:
    match = _PARTS.fullmatch(text_of(WANTED, raw, 16_000))
    if match is None:
        raise Refused(WANTED, raw, "a scheme, :// and a host are right, as in https://example.com/")
    scheme, authority, path, query = match.groups()
    scheme = scheme.lower()
    url = f"{scheme}://{_authority(raw, scheme, authority)}{_path(path)}{_query(query)}"
    if len(url) > LONGEST:
        raise Refused(WANTED, raw, f"it has {len(url)} characters; at most {LONGEST} are allowed")
    return url


def _without_secret(raw: object) -> object:
    """What a refusal may show, since messages end in logs."""
    return _SECRET.sub(r"\1***@", raw) if isinstance(raw, str) else raw


def _authority(raw: object, scheme: str, authority: str) -> str:
    match = _AUTHORITY.fullmatch(authority.rpartition("@")[2])
    if match is None or "\\" in authority:
        raise Refused(WANTED, raw, "its host and port cannot be read")
    host, port = _host(raw, match[1]), match[2]
    if len(port or "") > 10 or int(port or 1) not in range(1, 65536):
        raise Refused(WANTED, raw, "its port lies outside 1 to 65535")
    return f"{host}:{int(port)}" if port and int(port) != DEFAULT_PORTS.get(scheme) else host


def _host(raw: object, host: str) -> str:
    if not host:
        raise Refused(WANTED, raw, "it has no host")
    if host.startswith("["):
        address = ip_of(host[1:-1].replace("%25", "%"))
        return f"[{address}]" if ":" in address else address
    host = _decoded_host(raw, host)
    if host.startswith("*"):
        raise Refused(WANTED, raw, "its host is a wildcard")
    if re.fullmatch(r"[0-9.]+\.?", host):
        return ip_of(host.removesuffix("."))
    return domain_of(host)


def _decoded_host(raw: object, host: str) -> str:
    if "%" not in host:
        return host
    try:
        return unquote_to_bytes(host).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(WANTED, raw, "its host is not UTF-8") from error


def _path(path: str) -> str:
    if not _PLAIN_PATH.fullmatch(path):
        path = quote(_PERCENT.sub(_percent, path), safe=_KEPT_IN_PATH)
    return _without_dot_segments(path) if "/." in path else path or "/"


def _query(query: str | None) -> str:
    if query is None:
        return ""
    if _PLAIN_QUERY.fullmatch(query):
        return query
    return "?" + quote(_PERCENT.sub(_percent, query[1:]), safe=_KEPT_IN_QUERY)


def _percent(match: re.Match[str]) -> str:
    digits = match[1]
    if digits is None:
        return "%25"  # a percent sign that encodes nothing stands for itself
    char = chr(int(digits, 16))
    return char if char in _UNRESERVED else f"%{digits.upper()}"


def _without_dot_segments(path: str) -> str:
    """RFC 3986 section 5.2.4 for a path that begins with a slash."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


URL_ADDRESS = Normaliser(WANTED, 1, url_of)
