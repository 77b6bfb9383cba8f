"""URLs: RFC 3986 and nothing more, and no secret in a key or a message."""

from __future__ import annotations

import pytest

from graph.errors import InvalidFact, Refused
from graph.model.values.location import URL_ADDRESS, UrlParts, has_userinfo, url_parts
from graph.model.web import URL


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("HTTP://user:pw@Example.COM:80/a/../b?x=%7e#top", "http://example.com/b?x=~"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("http://example.com:/", "http://example.com/"),
        ("http://example.com:08080/", "http://example.com:8080/"),
        ("https://Bücher.example/ü?q=ä b", "https://xn--bcher-kva.example/%C3%BC?q=%C3%A4%20b"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]/"),
        ("https://[fe80::1%25eth0]/", "https://[fe80::1]/"),
        ("https://[::ffff:192.0.2.7]/", "https://192.0.2.7/"),
        ("http://ex%61mple.com/", "http://example.com/"),
        ("http://x.example/a/./b/../../c", "http://x.example/c"),
        ("http://x.example/../..", "http://x.example/"),
        ("http://x.example/%2e%2e/a", "http://x.example/a"),
        ("http://x.example/a//b", "http://x.example/a//b"),
        ("http://x.example/%zz%2f%41", "http://x.example/%25zz%2FA"),
        ("http://x.example/%2541", "http://x.example/%2541"),
        ("http://x.example/?b=2&a=1", "http://x.example/?b=2&a=1"),
        ("http://x.example/?", "http://x.example/?"),
        ("http://x.example/A", "http://x.example/A"),
        ("http://x.example/a\\b", "http://x.example/a%5Cb"),
        ("ftp://x.example:21/f", "ftp://x.example/f"),
    ],
)
def test_gives_the_canonical_form(raw: str, expected: str) -> None:
    assert URL_ADDRESS(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "example.com/a",
        "mailto:a@example.com",
        "javascript:alert(1)",
        "http://",
        "http:///a",
        "file:///etc/passwd",
        "http://a b/",
        "http://x.example:99999/",
        "http://x.example:0/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://*.example/",
        "http://[::1/",
        "http://good.example\\@evil.example/",
        "http://ex%ffample.com/",
        "http://x.example/" + "a" * 4_000,
        None,
        b"http://x.example/",
    ],
)
def test_refuses(raw: object) -> None:
    with pytest.raises(Refused):
        URL_ADDRESS(raw)


def test_tells_parts() -> None:
    assert url_parts("https://[2001:db8::1]/a?b=c") == UrlParts(
        "https", "2001:db8::1", 443, "/a", "b=c"
    )
    assert url_parts("gopher://x.example:7070/") == UrlParts("gopher", "x.example", 7070, "/", "")
    assert url_parts("gopher://x.example/").port is None
    assert url_parts("https://[2001:db8::1]:8443/").port == 8443


def test_refuses_parts_of_what_is_not_canonical() -> None:
    with pytest.raises(Refused):
        url_parts("example.com")


def test_tells_that_there_was_a_secret() -> None:
    assert has_userinfo("http://user:pw@x.example/")
    assert not has_userinfo("http://x.example/@user")
    assert not has_userinfo(None)


@pytest.mark.parametrize(
    "raw",
    [
        "http://user:s3cret@a b/",
        "http://user:s3cret@127.1/",
        "http://user:s3c@ret@x.example:99999/",
        "http://user:s3cret@x.example\x00/",
    ],
)
def test_a_refusal_shows_no_secret(raw: str) -> None:
    with pytest.raises(InvalidFact) as refusal:
        URL(url=raw)

    seen: BaseException | None = refusal.value
    while seen is not None:
        assert "s3c" not in str(seen)
        seen = seen.__cause__


def test_no_spelling_with_a_secret_is_kept() -> None:
    assert URL(url="http://user:s3cret@x.example/").aliases == ()
