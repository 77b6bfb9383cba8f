"""What a response says of its URL: status, title, kind of page. Pure.

http.probe and http.extract both state this, in the same words, so their claims agree. What a page
says differently each time is not a property.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors._kit.base import HttpResponse
from collectors.http.asking import media_type_of, text_of
from collectors.http.page import Page, page_of
from graph.model.web import URL

_ADMIN_STATUSES = frozenset({200, 401, 403})


@dataclass(frozen=True)
class _Words:
    """The patterns of `pages.toml`."""

    lists: Mapping[str, tuple[re.Pattern[str], ...]]
    unclaimed: tuple[tuple[str, int, re.Pattern[str]], ...]

    def has(self, name: str, text: str) -> bool:
        return any(pattern.search(text) for pattern in self.lists[name])


@functools.cache
def _words() -> _Words:
    raw = tomllib.loads((Path(__file__).parent / "pages.toml").read_text("utf-8"))
    unclaimed = raw.pop("unclaimed")
    return _Words(
        {name: tuple(re.compile(p, re.IGNORECASE) for p in many) for name, many in raw.items()},
        tuple(
            (one["provider"], one["status"], re.compile(one["pattern"], re.IGNORECASE))
            for one in unclaimed
        ),
    )


def described_url(response: HttpResponse) -> URL:
    """The URL that was asked for, with what is served there."""
    page = page_of(response)
    shown: dict[str, Any] = {
        "status": response.status,
        "media_type": media_type_of(response) or None,
        "server": response.header("server").strip() or None,
        "unclaimed_at": unclaimed_at(response) or None,
    }
    if page is not None:
        shown |= {
            "title": page.title or None,
            "page_description": page.metas.get("description") or None,
            "language": page.language or None,
            "generator": page.metas.get("generator") or None,
            "has_password_form": page.has_password_form,
            **_kind_of(page, response.status),
        }
    return URL(url=response.request.url, **shown)


def _kind_of(page: Page, status: int) -> dict[str, bool | None]:
    """What sort of page it is; only what is so is said."""
    words = _words()
    is_admin = status in _ADMIN_STATUSES and words.has("admin_titles", page.title)
    return {
        "is_admin_panel": is_admin or None,
        "is_default_page": words.has("default_titles", page.title) or None,
        "is_parked": words.has("parked_texts", page.text) or None,
    }


def unclaimed_at(response: HttpResponse) -> str:
    """The provider whose answer says that nobody claims the host; empty for another answer."""
    if response.status < 400:
        return ""
    text = text_of(response)[:20_000]
    for provider, status, pattern in _words().unclaimed:
        if response.status == status and pattern.search(text):
            return provider
    return ""
