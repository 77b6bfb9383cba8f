from collectors._kit.base import HttpResponse
from collectors.http.asking import media_type_of, page_request, redirect_of, text_of, url_from
from collectors.http.description import described_url
from collectors.http.mention import accounts_in, emails_in, phones_in
from collectors.http.page import Form, page_of, parsed

BASE = "https://a.example/x/"


def answer(body: bytes, content_type: str = "text/html", status: int = 200) -> HttpResponse:
    headers = (("content-type", content_type),) if content_type else ()
    return HttpResponse(page_request(BASE), status, headers, body)


def test_bad_html_is_read_as_far_as_it_goes() -> None:
    page = parsed(
        "<title>One</title><TITLE>Two</title><a href=/b>x<a href='c'><form action=/d><input"
    )
    assert (page.title, page.links, page.forms) == ("One", ["/b", "c"], [Form("/d", False)])
    assert parsed("<title>never ends <p>text").title == "never ends <p>text"
    assert parsed("").title == ""


def test_text_is_read_in_the_encoding_that_header_or_page_states() -> None:
    word = "Приборы"
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><title>{word}'
    assert word in text_of(answer(page.encode("cp1251")))
    assert word in text_of(answer(page.encode("cp1251"), "text/html; charset=windows-1251"))
    assert word in text_of(answer(f'<meta charset="koi8-r">{word}'.encode("koi8-r")))
    assert word in text_of(
        answer(f'<meta charset="koi8-r">{word}'.encode(), "text/html;charset=utf-8")
    )
    for unusable in ("idna", "hex", "undefined", "none-such"):
        assert text_of(answer(word.encode(), f"text/html; charset={unusable}")) == word


def test_a_password_field_outside_any_form_counts() -> None:
    assert parsed("<input type=Password>").has_password_form
    assert parsed("<form><input type=text></form>").has_password_form is False
    assert parsed("<form action=/a><form action=/b><input type=password>").forms == [
        Form("/a", False),
        Form("/b", True),
    ]


def test_what_is_not_shown_is_no_text() -> None:
    page = parsed(
        "<style>s</style><noscript>n</noscript>a<script>c</script> b<template>t</template>"
    )
    assert (page.text, page.code) == ("a b", "c")


def test_only_html_is_a_page() -> None:
    assert page_of(answer(b"<p>x", "text/html; charset=utf-8")) is not None
    assert page_of(answer(b"  <!DOCTYPE HTML>", "")) is not None
    assert page_of(answer(b"<p>x", "")) is None
    assert page_of(answer(b"<html>", "text/plain")) is None
    assert page_of(answer(b"<html>", status=302)) is None


def test_text_is_decoded_as_stated_and_never_fails() -> None:
    assert text_of(answer("é".encode("latin-1"), "text/html; charset=ISO-8859-1")) == "é"
    assert text_of(answer("é".encode(), 'text/html; charset="nonsense"')) == "é"
    assert text_of(answer(b"\xff")) == "�"
    assert media_type_of(answer(b"", "Text/HTML ; charset=x")) == "text/html"


def test_references_become_urls_or_nothing() -> None:
    kept = {r: url.key for r in ("b", "/c?x=1#y", "//d.example", "HTTP://E.example:80/")
            if (url := url_from(BASE, r))}  # fmt: skip
    assert kept == {
        "b": "https://a.example/x/b",
        "/c?x=1#y": "https://a.example/c?x=1",
        "//d.example": "https://d.example/",
        "HTTP://E.example:80/": "http://e.example/",
    }
    for reference in ("", "#top", "javascript:x", "mailto:a@b.example", "http://[bad/", "data:,x"):
        assert url_from(BASE, reference) is None


def test_redirects_need_a_place() -> None:
    request = page_request(BASE)
    assert redirect_of(HttpResponse(request, 302, (), b"")) is None
    assert redirect_of(HttpResponse(request, 200, (("location", "/y"),), b"")) is None


def test_what_is_shown_is_described() -> None:
    found = described_url(answer(b"<title>Welcome to nginx!</title>"))
    assert (found.title, found.is_default_page, found.is_admin_panel) == (
        "Welcome to nginx!",
        True,
        None,
    )
    admin = described_url(answer(b"<title>phpMyAdmin</title>", status=401))
    assert (admin.status, admin.is_admin_panel) == (401, True)
    assert described_url(answer(b"<title>phpMyAdmin</title>", status=404)).is_admin_panel is None
    heroku = described_url(answer(b"<h1>No such app</h1>", status=404))
    assert heroku.unclaimed_at == "heroku"
    assert described_url(answer(b"<h1>No such app</h1>")).unclaimed_at is None


def test_mentions_need_a_form_that_holds() -> None:
    text = "a@b.example, bad@, x@y, icon@2x.png, @handle, q@b.example."
    assert [e.key for e in emails_in(text, ["mailto:c%40d.example,e@f.example?cc=z"])] == [
        "c@d.example",
        "e@f.example",
        "a@b.example",
        "q@b.example",
    ]
    assert [p.key for p in phones_in("+1 202 555 0123, +99 99, 0049 30 1", ["tel:12"])] == [
        "+12025550123"
    ]
    links = ["https://x.com/heron", "https://x.com/intent/follow", "https://x.com/", "http://[x"]
    assert [a.key for a in accounts_in([*links, "https://twitter.com/@Heron"])] == ["x¦heron"]
