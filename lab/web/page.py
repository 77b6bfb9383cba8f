"""Writes a page's HTML from the parts that `company.yaml` gives. The truth reads the same parts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lab.company import Page


def html(page: Page) -> str:
    """The page as HTML."""
    lines = ["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
    lines += _head(page)
    lines += ["</head>", "<body>"]
    lines += _body(page)
    return "\n".join([*lines, "</body>", "</html>", ""])


def _head(page: Page) -> Iterator[str]:
    yield f"<title>{escape(page.title)}</title>"
    if page.generator:
        yield f'<meta name="generator" content="{escape(page.generator)}">'
    yield '<link rel="icon" href="/favicon.ico">'
    for source in page.scripts:
        yield f'<script src="{escape(source)}"></script>'
    for tracker in page.trackers:
        yield f"<script>gtag('js', new Date()); gtag('config', '{escape(tracker)}');</script>"


def _body(page: Page) -> Iterator[str]:
    yield f"<h1>{escape(page.title)}</h1>"
    for paragraph in page.text:
        yield f"<p>{escape(paragraph)}</p>"
    for email in page.emails:
        yield f'<p><a href="mailto:{escape(email)}">{escape(email)}</a></p>'
    for phone in page.phones:
        dialled = phone.replace(" ", "")
        yield f'<p><a href="tel:{escape(dialled)}">{escape(phone)}</a></p>'
    for link in page.links:
        yield f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    if page.form:
        kind = "password" if page.form.password else "text"
        yield f'<form action="{escape(page.form.action)}" method="post">'
        yield '<input name="user" type="text">'
        yield f'<input name="secret" type="{kind}"> <button>Go</button>'
        yield "</form>"
