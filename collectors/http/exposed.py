"""http.exposed: files that a site serves by mistake, from a short list of usual places.

A file is taken for what it is only where its content has the form; a site that answers every
address with a page exposes nothing. What is in the files is neither stated nor kept.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from collectors._kit.base import Collector, HttpRequest, HttpResponse, Request, Response
from collectors.http.asking import ANY_STATUS, is_web, media_type_of
from graph.model.base import Entity, Fact
from graph.model.web import URL, ExposedKind

_HEAD_BYTES = 2_000


@dataclass(frozen=True)
class ExposedFile:
    """Where a file usually lies, what it is, and the form of its content."""

    path: str
    kind: ExposedKind
    pattern: re.Pattern[str]


class Exposed(Collector):
    """Asks a site for the first bytes of each file."""

    id: ClassVar[str] = "http.exposed"

    def plan(self, target: Entity) -> Iterator[Request]:
        """One request for each file, for the front page of a site only."""
        site = cast(URL, target)
        if is_web(site.key) and site.path == "/" and "?" not in site.key:
            for file in files():
                yield HttpRequest(
                    site.key.removesuffix("/") + file.path,
                    headers=(("range", f"bytes=0-{_HEAD_BYTES - 1}"),),
                    max_bytes=_HEAD_BYTES,
                    accept_statuses=ANY_STATUS,
                    verify_tls=False,
                    accept_closed=True,
                    is_sensitive=True,
                    note=file.path,
                )

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:  # noqa: ARG002
        """The file's address with what it is, where its content has the form."""
        answer = cast(HttpResponse, response)
        if answer.status not in (200, 206):
            return
        file = next(one for one in files() if one.path == answer.request.note)
        if file.pattern.search(answer.body.decode("utf-8", "replace")):
            yield URL(
                url=answer.request.url,
                status=200,
                media_type=media_type_of(answer) or None,
                exposed_kind=file.kind,
            )


@functools.cache
def files() -> tuple[ExposedFile, ...]:
    """The files of `exposed.toml`."""
    raw = tomllib.loads((Path(__file__).parent / "exposed.toml").read_text("utf-8"))
    return tuple(ExposedFile(f["path"], f["kind"], re.compile(f["pattern"])) for f in raw["file"])
