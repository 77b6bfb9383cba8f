"""An HTML page in parts: what every collector of pages reads. Pure, and tolerant of bad HTML.

It runs no scripts: what a page builds in the browser is not seen.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from collectors._kit.base import HttpResponse
from collectors.http.asking import media_type_of, text_of
from collectors.http.markup import Tag, tokens

T = TypeVar("T")

_LONGEST_TEXT = 200_000
_MOST_OF_A_SORT = 500
_INVISIBLE = frozenset({"script", "style", "template", "noscript"})
_READ = frozenset(
    {"html", "base", "meta", "link", "script", "img", "iframe", "frame", "a", "form", "input"}
)
_BLOCKS = frozenset({"p", "div", "br", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "option"})


@dataclass(frozen=True)
class Form:
    """Where a form sends what is typed into it, and whether it asks for a password."""

    action: str
    has_password: bool


@dataclass
class Page:
    """The parts of a page, in its order."""

    title: str = ""
    language: str = ""
    metas: dict[str, str] = field(default_factory=dict)
    base: str = ""
    icons: list[str] = field(default_factory=list)
    scripts: list[tuple[str, bool]] = field(default_factory=list)  # (source, pinned by a digest)
    styles: list[tuple[str, bool]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    code: str = ""  # scripts written into the page
    text: str = ""  # what a reader sees

    @property
    def has_password_form(self) -> bool:
        """Whether the page asks for a password."""
        return any(form.has_password for form in self.forms)


def page_of(response: HttpResponse) -> Page | None:
    """The page in a response; None for what is no HTML."""
    if response.closed or 300 <= response.status < 400:
        return None
    media_type = media_type_of(response)
    head = response.body[:300].lstrip().lower()
    is_html = media_type in ("text/html", "application/xhtml+xml")
    if not is_html and (media_type or not head.startswith((b"<!doctype html", b"<html"))):
        return None
    return parsed(text_of(response))


@functools.lru_cache(maxsize=16)
def parsed(html: str) -> Page:
    """The parts of `html`. The same text, read by several collectors, is parsed once."""
    reader = _Reader()
    for token in tokens(html):
        if isinstance(token, str):
            reader.read_text(token)
        elif token.is_closing:
            reader.close(token.name)
        else:
            reader.open(token)
    return reader.finished()


class _Reader:
    """Puts a page together from its tokens."""

    def __init__(self) -> None:
        self.page = Page()
        self._texts: list[str] = []
        self._codes: list[str] = []
        self._title: list[str] = []
        self._inside = ""  # of title, or of what is not shown
        self._form: tuple[str, bool] | None = None
        self._loose_password = False

    def open(self, tag: Tag) -> None:
        """Take an opening tag."""
        if not self._inside and (
            tag.name in _INVISIBLE or (tag.name == "title" and not self._title)
        ):
            self._inside = tag.name
        if tag.name in _BLOCKS:
            self._texts.append("\n")
        read = getattr(self, f"_read_{tag.name}", None) if tag.name in _READ else None
        if read is not None:
            read(tag.attributes)

    def close(self, name: str) -> None:
        """Take a closing tag."""
        if name == self._inside:
            self._inside = ""
        if name == "form":
            self._end_form()

    def read_text(self, text: str) -> None:
        """Take what is between tags."""
        if self._inside == "title":
            self._title.append(text)
        elif self._inside == "script":
            self._codes.append(text)
        elif not self._inside:
            self._texts.append(text)

    def finished(self) -> Page:
        """The page, once all is taken."""
        self._end_form()
        if self._loose_password:
            self.page.forms.append(Form("", has_password=True))
        self.page.title = _line("".join(self._title))
        self.page.code = "\n".join(self._codes)[:_LONGEST_TEXT]
        self.page.text = re.sub(r"[^\S\n]+", " ", "".join(self._texts))[:_LONGEST_TEXT]
        return self.page

    def _read_html(self, values: Mapping[str, str]) -> None:
        self.page.language = self.page.language or values.get("lang", "").strip()

    def _read_base(self, values: Mapping[str, str]) -> None:
        self.page.base = self.page.base or values.get("href", "")

    def _read_meta(self, values: Mapping[str, str]) -> None:
        name = (values.get("name") or values.get("property") or "").strip().lower()
        if name and name not in self.page.metas and len(self.page.metas) < _MOST_OF_A_SORT:
            self.page.metas[name] = _line(values.get("content", ""))

    def _read_link(self, values: Mapping[str, str]) -> None:
        kinds, href = values.get("rel", "").lower().split(), values.get("href", "")
        if "icon" in kinds:
            _add(self.page.icons, href)
        elif "stylesheet" in kinds:
            _add(self.page.styles, (href, "integrity" in values))

    def _read_script(self, values: Mapping[str, str]) -> None:
        if values.get("src"):
            _add(self.page.scripts, (values["src"], "integrity" in values))

    def _read_img(self, values: Mapping[str, str]) -> None:
        _add(self.page.images, values.get("src", ""))

    def _read_iframe(self, values: Mapping[str, str]) -> None:
        _add(self.page.frames, values.get("src", ""))

    def _read_frame(self, values: Mapping[str, str]) -> None:
        self._read_iframe(values)

    def _read_a(self, values: Mapping[str, str]) -> None:
        _add(self.page.links, values.get("href", ""))

    def _read_form(self, values: Mapping[str, str]) -> None:
        self._end_form()
        self._form = (values.get("action", ""), False)

    def _read_input(self, values: Mapping[str, str]) -> None:
        if values.get("type", "").strip().lower() != "password":
            return
        if self._form is None:
            self._loose_password = True
        else:
            self._form = (self._form[0], True)

    def _end_form(self) -> None:
        if self._form is not None:
            _add(self.page.forms, Form(*self._form))
        self._form = None


def _add(found: list[T], value: T) -> None:
    """Keep `value` once, up to a bound; nothing where it names nothing."""
    is_empty = value in ("", ("", False), ("", True))
    if not is_empty and value not in found and len(found) < _MOST_OF_A_SORT:
        found.append(value)


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
