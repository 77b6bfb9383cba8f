"""dns.wildcard: whether any name below a name resolves, so that found names prove little.

Two labels that nobody would choose are asked for; both must resolve. They follow from the name, so
that asking again asks the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar, cast

from collectors._kit.base import Collector, DnsRequest, DnsResponse, Request, Response
from graph.model.base import Entity, Fact
from graph.model.network import DomainName

_LONGEST_NAME = 253 - 17  # leaves room for the label


class Wildcard(Collector):
    """Asks for one unlikely name, and for another where that one resolves."""

    id: ClassVar[str] = "dns.wildcard"

    def plan(self, target: Entity) -> Iterator[Request]:
        """The first unlikely name."""
        if len(target.key) <= _LONGEST_NAME:
            yield DnsRequest(unlikely(target.key, 1), "A", note="first")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """A verdict once both names have resolved."""
        answer = cast(DnsResponse, response)
        if not any(r.rrtype in ("A", "CNAME") for r in answer.answers):
            return
        if answer.request.note == "first":
            yield DnsRequest(unlikely(target.key, 2), "A", note="second")
        else:
            yield DomainName(name=target.key, has_wildcard=True)


def unlikely(name: str, number: int) -> str:
    """A name directly below `name` that nobody would choose."""
    digest = hashlib.sha256(f"{number} {name}".encode()).hexdigest()
    return f"{digest[:16]}.{name}"
