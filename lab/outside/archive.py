"""The web archive's CDX API: which captures there are. The captures have no content."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from lab.company import Capture
from lab.web.message import Handler, Request, Response, json_response, text_response
from lab.world import World

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
SEARCH_PATH = "/cdx/search/cdx"


def archive(world: World) -> Handler:
    """What web.archive.org answers."""

    def handle(request: Request) -> Response:
        if request.path.startswith("/web/"):
            return text_response("<title>A page as it was</title>", media_type="text/html")
        if request.path != SEARCH_PATH:
            return text_response("Not Found\n", 404)
        asked = request.parameters()
        if not asked.get("url"):
            return text_response("no url\n", 400)
        rows = [row for capture in world.company.archive if (row := _row(capture, asked))]
        return _answer(_limited(rows, asked), asked)

    return handle


def sort_key(url: str) -> str:
    """The archive's sort-friendly form of a URL: the host backwards, without `www.`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}){parts.path or '/'}{query}".lower()


def _row(capture: Capture, asked: dict[str, str]) -> dict[str, str] | None:
    """The capture as a row, if it is asked for."""
    row = {
        "urlkey": sort_key(capture.url),
        "timestamp": capture.at,
        "original": capture.url,
        "mimetype": capture.type,
        "statuscode": str(capture.status),
        "digest": base64.b32encode(hashlib.sha1(capture.url.encode()).digest()).decode(),  # noqa: S324
        "length": str(capture.size),
    }
    return row if _is_under(capture.url, asked) and _passes(row, asked.get("filter", "")) else None


def _is_under(url: str, asked: dict[str, str]) -> bool:
    """Whether `url` is in the scope that `url=` and `matchType=` say."""
    scope, kind = asked["url"], asked.get("matchType", "")
    if scope.startswith("*."):
        scope, kind = scope[2:].rstrip("/*"), "domain"
    elif scope.endswith("*"):
        scope, kind = scope[:-1], "prefix"
    wanted = urlsplit(scope if "://" in scope else f"http://{scope}")
    host, wanted_host = urlsplit(url).hostname or "", wanted.hostname or ""
    if kind == "domain":
        return host == wanted_host or host.endswith(f".{wanted_host}")
    if kind == "host":
        return host == wanted_host
    if kind == "prefix":
        return sort_key(url).startswith(sort_key(wanted.geturl()))
    return sort_key(url) == sort_key(wanted.geturl())


def _passes(row: dict[str, str], condition: str) -> bool:
    """Whether a `filter=[!]field:value` lets the row through."""
    if not condition:
        return True
    field, _, value = condition.lstrip("!").partition(":")
    return (row.get(field) == value) != condition.startswith("!")


def _limited(rows: list[dict[str, str]], asked: dict[str, str]) -> list[dict[str, str]]:
    rows = sorted(rows, key=lambda row: (row["urlkey"], row["timestamp"]))
    if asked.get("collapse") == "urlkey":
        rows = list({row["urlkey"]: row for row in reversed(rows)}.values())[::-1]
    start = int(asked.get("offset", "0"))
    return rows[start:][: int(asked["limit"])] if "limit" in asked else rows[start:]


def _answer(rows: list[dict[str, str]], asked: dict[str, str]) -> Response:
    if asked.get("showNumPages") == "true":
        return text_response("1\n")
    if int(asked.get("page", "0")) > 0:
        rows = []
    fields = [f for f in asked.get("fl", "").split(",") if f in FIELDS] or list(FIELDS)
    table = [[row[field] for field in fields] for row in rows]
    if asked.get("output") == "json":
        return json_response([fields, *table] if table else [])
    return text_response("".join(" ".join(line) + "\n" for line in table))
