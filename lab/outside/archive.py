"""The web archive's CDX API: which captures there are. The captures have no content."""

from __future__ import annotations

import base64
import hashlib
import re
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
        under = (_row(c) for c in world.company.archive if _is_under(c.url, asked))
        conditions = request.values("filter")
        rows = [row for row in under if all(_passes(row, text) for text in conditions)]
        return _answer(_collapsed(rows, asked), asked)

    return handle


def sort_key(url: str) -> str:
    """The archive's sort-friendly form of a URL: the host backwards, without `www.`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}){parts.path or '/'}{query}".lower()


def _row(capture: Capture) -> dict[str, str]:
    return {
        "urlkey": sort_key(capture.url),
        "timestamp": capture.at,
        "original": capture.url,
        "mimetype": capture.type,
        "statuscode": str(capture.status),
        "digest": base64.b32encode(hashlib.sha1(capture.url.encode()).digest()).decode(),  # noqa: S324
        "length": str(capture.size),
    }


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
    """Whether a `filter=[!]field:expression` lets the row through."""
    field, _, expression = condition.removeprefix("!").partition(":")
    is_match = re.fullmatch(expression, row.get(field, "")) is not None
    return is_match != condition.startswith("!")


def _collapsed(rows: list[dict[str, str]], asked: dict[str, str]) -> list[dict[str, str]]:
    """The rows in the archive's order; with `collapse=urlkey` the first of each address."""
    rows = sorted(rows, key=lambda row: (row["urlkey"], row["timestamp"]))
    if asked.get("collapse") == "urlkey":
        rows = list({row["urlkey"]: row for row in reversed(rows)}.values())[::-1]
    return rows


def _answer(rows: list[dict[str, str]], asked: dict[str, str]) -> Response:
    if asked.get("showNumPages") == "true":
        return text_response("1\n")
    start, limit = int(asked.get("resumeKey") or 0), int(asked.get("limit") or len(rows) or 1)
    page = rows[start : start + limit]
    further = str(start + limit) if start + limit < len(rows) else ""
    if asked.get("showResumeKey") != "true" or int(asked.get("page", "0")) > 0:
        further = ""
    fields = [f for f in asked.get("fl", "").split(",") if f in FIELDS] or list(FIELDS)
    table = [[row[field] for field in fields] for row in page]
    if asked.get("output") == "json":
        resume = [[], [further]] if further else []
        return json_response([fields, *table, *resume] if table else [])
    lines = [" ".join(line) + "\n" for line in table]
    return text_response("".join([*lines, *(["\n", f"{further}\n"] if further else [])]))
