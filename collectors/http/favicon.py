"""http.favicon: the fingerprint of a page's icon, by which sites of one make know each other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import ClassVar, cast

import mmh3

from collectors._kit.base import Collector, HttpResponse, Request, Response
from collectors.http.asking import file_request, is_web, media_type_of, page_request, url_from
from collectors.http.page import page_of
from graph.model.base import Entity, Fact
from graph.model.linkage import HasFingerprint
from graph.model.web import URL, Fingerprint

_ICON = "icon"


class Favicon(Collector):
    """Fetches the icon that a page names, else the one at the usual place."""

    id: ClassVar[str] = "http.favicon"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The page, which says where its icon is."""
        if is_web(target.key):
            yield page_request(target.key)

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """The icon's request, then its fingerprints."""
        answer = cast(HttpResponse, response)
        if answer.request.note == _ICON:
            if is_icon(answer):
                yield from _fingerprints(answer.body, cast(URL, target))
            return
        page = page_of(answer)
        if page is None or answer.status != 200:
            return
        base = page.base or answer.request.url
        named = (url_from(base, icon) for icon in (*page.icons, "/favicon.ico"))
        place = next((url for url in named if url is not None), None)
        if place is not None:
            yield file_request(place.key, note=_ICON)


def is_icon(answer: HttpResponse) -> bool:
    """Whether an answer is a picture; many servers send a page in its place."""
    media_type = media_type_of(answer)
    is_picture = media_type.startswith("image/") or (
        media_type in ("", "application/octet-stream")
        and answer.body.startswith((b"\x00\x00\x01\x00", b"\x89PNG", b"GIF8", b"\xff\xd8\xff"))
    )
    return answer.status == 200 and is_picture and bool(answer.body) and not answer.is_truncated


def _fingerprints(body: bytes, page: URL) -> Iterator[Fact]:
    # Other tools hash the icon in base64 with a line end after each 76 characters.
    number = str(mmh3.hash(base64.encodebytes(body)))
    digest = hashlib.sha256(body).hexdigest()
    for fingerprint in (
        Fingerprint(method="favicon_mmh3", value=number),
        Fingerprint(method="favicon_sha256", value=digest),
    ):
        yield HasFingerprint(source=page, target=fingerprint)
