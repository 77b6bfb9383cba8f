"""archive.wayback: the addresses of a domain that the archive kept.

Asks the CDX server (https://archive.org/developers/wayback-cdx-server.html) for one capture of each
address, the first. It does not fetch what was archived, and says nothing of what is there today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from collectors._kit.base import Collector, HttpRequest, HttpResponse, Request, Response
from graph.errors import InvalidFact, SourceRejected, SourceUnavailable
from graph.model.base import Entity, Fact
from graph.model.values.location import has_userinfo
from graph.model.web import URL

CDX = "https://web.archive.org/cdx/search/cdx"
FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
# What the archive answers for sites it shows nobody: a refusal for good, and for us nothing known.
# The same status without these words is said to whom it does not serve.
BLOCKED = (403,)
BLOCKED_WORDS = (b"AccessControlException", b"Blocked Site Error")
MOST_PAGES = 10  # one leads to the next, and a conversation is not deeper than 12


class Wayback(Collector):
    """Archived addresses of a domain and of all names below it."""

    id = "archive.wayback"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The first page of captures."""
        yield self._page(target, taken=0, resume_key="")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """One URL for each capture below the domain, and the next page while there is one.

        Lines that are no captures are passed over: the archive keeps what crawlers were told,
        which is not always an address.
        """
        if not isinstance(response, HttpResponse):
            raise SourceRejected(f"{self.id}: an HTTP answer is expected")
        if response.status in BLOCKED:
            if any(words in response.body for words in BLOCKED_WORDS):
                return
            raise SourceUnavailable(f"web.archive.org answered with HTTP status {response.status}")
        if response.is_truncated:
            raise SourceRejected("a page of captures is cut at the limit of its size")
        lines, resume_key = _split(response.body.decode("utf-8", "replace"))
        taken = int(response.request.note or 0)
        for line in lines[: self._max_urls - taken]:
            if (url := _read(line)) is not None and _is_below(url.host or "", target.key):
                yield url
        taken += len(lines)
        if resume_key and taken < self._max_urls:
            yield self._page(target, taken, resume_key)

    @property
    def _max_urls(self) -> int:
        return int(str(self.options["max_urls"]))

    def _page(self, target: Entity, taken: int, resume_key: str) -> HttpRequest:
        least = -(-self._max_urls // MOST_PAGES)
        size = min(max(int(str(self.options["page_size"])), least), self._max_urls - taken)
        query = [
            ("url", target.key),
            ("matchType", "domain"),
            ("fl", ",".join(FIELDS)),
            ("collapse", "urlkey"),
            ("filter", "!statuscode:[45].."),
            ("limit", str(size)),
            ("showResumeKey", "true"),
        ]
        if resume_key:
            query.append(("resumeKey", resume_key))
        return HttpRequest(
            f"{CDX}?{urlencode(query)}",
            max_bytes=20_000_000,
            accept_statuses=BLOCKED,
            note=str(taken),
        )


def _split(text: str) -> tuple[list[str], str]:
    """The captures of a page, and the key to go on with, which stands after an empty line."""
    lines = text.splitlines()
    if len(lines) >= 2 and lines[-1].strip() and not lines[-2].strip():
        return [line for line in lines[:-2] if line.strip()], lines[-1].strip()
    return [line for line in lines if line.strip()], ""


def _read(line: str) -> URL | None:
    fields = line.split(" ")
    if len(fields) != len(FIELDS):
        return None
    capture = dict(zip(FIELDS, fields, strict=True))
    if capture["statuscode"].startswith(("4", "5")):  # not every server of the archive filters
        return None
    # Crawlers took mail addresses and inline pictures for paths; neither is a page of the site.
    if has_userinfo(capture["original"]) or ";base64," in capture["original"]:
        return None
    try:
        return URL(url=capture["original"], first_archived_at=_moment(capture["timestamp"]))
    except (InvalidFact, ValueError):
        return None


def _moment(timestamp: str) -> datetime:
    """The moment of a 14-digit time stamp. Refuses month or day 00, which mean unknown."""
    return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
