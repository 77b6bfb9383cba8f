"""How pages are asked for: one form of request, so that all collectors of a page share its answer.

The way out remembers the answers of a run by their request. http.probe, http.headers, http.favicon,
http.tech, http.trackers and http.extract make the same request for a page here, so a target sees it
once a run from each collecting process, however many collectors read the page.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from collectors._kit.base import HttpRequest, HttpResponse
from graph.errors import Refused
from graph.model.web import URL

ANY_STATUS = tuple(range(400, 600))  # of a target every status is an answer
GONE = frozenset({404, 410})  # an answer, too: there is nothing
_MOST_BYTES = 1_500_000
_META_CHARSET = re.compile(
    rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_ACCEPT = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5")


def page_request(url: str, *, part: str = "", note: str = "", connect_to: str = "") -> HttpRequest:
    """The request for a page of a target."""
    return HttpRequest(
        url,
        headers=(_ACCEPT,),
        max_bytes=_MOST_BYTES,
        accept_statuses=ANY_STATUS,
        connect_to=connect_to,
        verify_tls=False,
        accept_closed=True,
        part=part,
        note=note,
    )


def file_request(url: str, *, part: str = "", note: str = "") -> HttpRequest:
    """The request for a file beside the pages, such as robots.txt."""
    return HttpRequest(
        url,
        max_bytes=500_000,
        accept_statuses=ANY_STATUS,
        verify_tls=False,
        accept_closed=True,
        part=part,
        note=note,
    )


def is_web(url: str) -> bool:
    """Whether `url` is fetched by HTTP."""
    return url.startswith(("http://", "https://"))


def url_from(base: str, reference: str) -> URL | None:
    """The URL that `reference` on the page `base` means; None for what is no address of the web."""
    text = reference.strip()
    if not text or text.startswith("#"):
        return None
    try:
        found = urljoin(base, text)
        return URL(url=found) if is_web(found.lower()) else None
    except (Refused, ValueError):
        return None


def redirect_of(response: HttpResponse) -> URL | None:
    """Where a response sends whoever asked; None if it does not."""
    if not 300 <= response.status < 400:
        return None
    return url_from(response.request.url, response.header("location"))


def text_of(response: HttpResponse) -> str:
    """The body as text: in the encoding of its header, of its own head, else UTF-8; what is neither becomes `�`."""
    _, _, charset = response.header("content-type").lower().partition("charset=")
    encoding = charset.split(";")[0].strip().strip("\"'")
    if not encoding and (stated := _META_CHARSET.search(response.body[:2_048])):
        encoding = stated[1].decode("ascii")
    try:
        return response.body.decode(encoding or "utf-8", "replace")
    except (LookupError, UnicodeError):  # some codecs of Python's know no replacing
        return response.body.decode("utf-8", "replace")


def media_type_of(response: HttpResponse) -> str:
    """The type of what is served, without parameters."""
    return response.header("content-type").split(";")[0].strip().lower()
