"""Block lists in the formats that publishers use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from lab.company import Feed
from lab.web.message import Handler, Request, Response, text_response
from lab.world import World

HOST = "feeds.netwatch.example"


def feeds(world: World) -> Handler:
    """Every list that is not local, at `/<slug>`."""

    def handle(request: Request) -> Response:
        slug = request.path.strip("/")
        feed = world.company.feeds.get(slug)
        if feed is None or feed.local:
            return text_response("Not Found\n", 404)
        kind = "application/json" if feed.format == "misp-warninglist" else "text/plain"
        return text_response(feed_text(slug, feed), media_type=kind)

    return handle


def feed_text(slug: str, feed: Feed) -> str:
    """The list as its publisher would write it."""
    return FORMATS[feed.format](slug, feed)


def feed_url(slug: str) -> str:
    """Where a list that is not local is found."""
    return f"https://{HOST}/{slug}"


def _plain(slug: str, feed: Feed) -> str:
    return f"# {feed.title} ({slug})\n\n" + "".join(f"{value}\n" for value in feed.lists)


def _csv(slug: str, feed: Feed) -> str:
    rows = "".join(f'"{value}","2026-01-01","{slug}"\r\n' for value in feed.lists)
    return f'"value","first_seen","source"\r\n{rows}'


def _hosts(slug: str, feed: Feed) -> str:
    head = f"# {feed.title} ({slug})\n127.0.0.1 localhost\n"
    return head + "".join(f"0.0.0.0 {value} # listed\n" for value in feed.lists)


def _netset(slug: str, feed: Feed) -> str:
    return f"; {feed.title}\n" + "".join(f"{value} ; {slug}\n" for value in feed.lists)


def _warninglist(slug: str, feed: Feed) -> str:
    return json.dumps(
        {
            "name": feed.title,
            "description": f"{slug} of the lab",
            "type": "cidr",
            "version": 1,
            "matching_attributes": ["ip-src", "ip-dst"],
            "list": list(feed.lists),
        },
        indent=1,
    )


FORMATS: Mapping[str, Callable[[str, Feed], str]] = {
    "plain": _plain,
    "csv": _csv,
    "hosts": _hosts,
    "netset": _netset,
    "misp-warninglist": _warninglist,
}
