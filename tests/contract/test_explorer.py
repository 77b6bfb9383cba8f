"""The built GraphiQL: all of it is served from here, and nothing in it is fetched from elsewhere."""

from __future__ import annotations

import re

from server.web.explorer import pages

MENTIONED = {
    "code.visualstudio.com",
    "commonmark.org",
    "en.wikipedia.org",
    "fontello.com",
    "github.com",
    "json-schema.org",
    "microsoft.com",
    "prettier.io",
    "react.dev",
    "www.w3.org",
    "yarnpkg.com",
}
"""Hosts that messages, names of schemas and licences mention. Look at what a new one is for before adding it."""

ADDRESS = re.compile(rb"(?:https?|wss?)://([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
FETCHED = re.compile(
    rb"(?:url\(|src=|href=|import\(?)\s*[\"']?(?:https?:)?//([a-z0-9.-]+\.[a-z]{2,})"
)
CONTENT_NETWORKS = (
    b"jsdelivr",
    b"unpkg.com",
    b"cdnjs",
    b"googleapis",
    b"gstatic",
    b"esm.sh",
    b"skypack",
)


def test_the_bundle_names_no_host_that_nobody_has_looked_at() -> None:
    found = {host.decode() for content in pages().values() for host in ADDRESS.findall(content)}
    assert found <= MENTIONED
    assert "www.w3.org" in found  # else the pattern finds nothing at all


def test_the_bundle_fetches_nothing_from_elsewhere() -> None:
    for name, content in pages().items():
        assert FETCHED.findall(content) == [], name
        assert [network for network in CONTENT_NETWORKS if network in content] == [], name


def test_what_the_pages_name_is_in_the_bundle() -> None:
    page = pages()["index.html"].decode()
    named = re.findall(r"(?:src|href)=\"\./([^\"]+)\"", page)
    assert named
    assert set(named) <= pages().keys()
