"""The form of a collector: what it asks, as data, and what an answer means, as a pure function.

A collector never opens a socket, reads a clock or sleeps; `runner` and `egress` do. So every
collector can be replayed from recordings, and every limit and policy holds for all of them.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from graph.model.base import Entity, Fact


@dataclass(frozen=True)
class Request:
    """Something to ask.

    `part` names the piece of the answer it belongs to (each part is a claim of its own and fails by
    itself); a request that follows from another belongs to the same part unless it says otherwise.
    `note` is the collector's own word for what it is for, handed back with the response.
    """

    part: str = field(default="", kw_only=True)
    note: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class HttpRequest(Request):
    """One HTTP request.

    Redirects are not followed: each hop is a response of its own, so that policy sees it.
    `accept_statuses` are those beside 2xx and 3xx that are answers, such as 404 for "absent".
    `connect_to` is an address to connect to instead of resolving the host. `verify_tls` is False
    only when looking at a target itself, never when asking a source. With `accept_closed`, that
    nothing speaks HTTP there is an answer, too. What `is_sensitive` gives may hold passwords: of its
    body only the digest is kept as evidence.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    max_bytes: int = 2_000_000
    accept_statuses: tuple[int, ...] = ()
    connect_to: str = ""
    verify_tls: bool = True
    accept_closed: bool = False
    is_sensitive: bool = False


@dataclass(frozen=True)
class DnsRequest(Request):
    """One DNS question, to the configured resolvers, of which several must agree.

    Or to the server with the address `server`, which is then asked without recursion. `unchecked` asks
    for the answer even where its DNSSEC signatures do not hold. The type AXFR, of a `server` only,
    asks for the whole zone.
    """

    name: str
    rrtype: str
    server: str = ""
    unchecked: bool = False


@dataclass(frozen=True)
class TlsRequest(Request):
    """One TLS handshake, without verification, sending `server_name` where it is given.

    With `max_version` ("TLSv1.1") only that and older versions are offered.
    """

    address: str
    port: int = 443
    server_name: str = ""
    max_version: str = ""


@dataclass(frozen=True)
class TcpRequest(Request):
    """One TCP connection: connect, optionally send, read until silence, end or `max_bytes`.

    With `to_end` silence does not end an answer: one that the other side has not closed after
    `wait_s` without a byte is no answer.
    """

    host: str  # an address, or a name that egress resolves
    port: int
    send: bytes = b""
    max_bytes: int = 64_000
    wait_s: float = (
        2.0  # how long to wait for the first byte; 0 tells only whether the port is open
    )
    to_end: bool = False


@dataclass(frozen=True)
class FileRequest(Request):
    """A local file that an operator named in the collector's options (a list, an MMDB database)."""

    path: str


@dataclass(frozen=True)
class HttpResponse:
    """What came back, body already decompressed and cut at `max_bytes` (then `is_truncated`).

    Where nothing speaks HTTP and the request accepts that, `status` is 0 and `closed` says what was
    met: "refused", "no_address" (the name has none), "tls" (no handshake) or "not_http".
    """

    request: HttpRequest
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, in order of arrival
    body: bytes
    address: str = ""  # the address that answered
    is_truncated: bool = False
    closed: str = ""
    certificates: tuple[bytes, ...] = ()  # of an https answer: the chain as sent, in DER

    def header(self, name: str) -> str:
        """The first value of header `name`, or an empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")


@dataclass(frozen=True)
class DnsRecord:
    """One resource record in presentation form; names without the last dot, in lower case."""

    name: str
    rrtype: str
    ttl_s: int
    value: str


@dataclass(frozen=True)
class DnsResponse:
    """One DNS answer. `rcode` is NOERROR or NXDOMAIN: all else is an error, not an answer.

    Except that a server may say REFUSED to a request for its zone, which answers that question.
    """

    request: DnsRequest
    rcode: str
    answers: tuple[DnsRecord, ...] = ()
    authority: tuple[DnsRecord, ...] = ()
    is_authenticated: bool = False  # the AD flag of a validating resolver
    resolvers: tuple[str, ...] = ()
    disputed: tuple[DnsRecord, ...] = ()  # records that too few of the resolvers gave; no answers


@dataclass(frozen=True)
class TlsResponse:
    """A finished handshake: the chain as sent, leaf first, in DER.

    A refusal is an answer, too: the chain is empty and `refusal` says whether the port was "closed"
    or what is there made "no_handshake".
    """

    request: TlsRequest
    chain: tuple[bytes, ...] = ()
    protocol: str = ""  # "TLSv1.3"
    cipher: str = ""
    alpn: str = ""
    refusal: str = ""


@dataclass(frozen=True)
class TcpResponse:
    """What a TCP connection gave.

    A refused connection is an answer (`is_open` False); a time-out, too, with `is_filtered` True.
    """

    request: TcpRequest
    is_open: bool
    data: bytes = b""
    address: str = ""
    is_filtered: bool = False


@dataclass(frozen=True)
class FileResponse:
    """A local file: its bytes; the request has its path."""

    request: FileRequest
    body: bytes


Response = HttpResponse | DnsResponse | TlsResponse | TcpResponse | FileResponse
Options = Mapping[str, object]


class Collector(abc.ABC):
    """One collector. `id` is its name in the folder's manifest, such as `dns.resolve`.

    An instance is made per batch, with the options of the organization and the secrets that the
    manifest names. It keeps nothing from one entity to the next.
    """

    id: ClassVar[str]

    def __init__(
        self, options: Options | None = None, secrets: Mapping[str, str] | None = None
    ) -> None:
        self.options: Options = options or {}
        self.secrets: Mapping[str, str] = secrets or {}

    def marking(self, part: str) -> str:  # noqa: ARG002 - for those whose source says
        """With whom the source lets `part` of an answer be shared: one of graph.facts.MARKINGS."""
        return ""

    @abc.abstractmethod
    def plan(self, target: Entity) -> Iterator[Request]:
        """The requests to begin with. None means there is nothing to ask: outcome SKIPPED."""

    @abc.abstractmethod
    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What `response` means: facts, and requests that follow from it (a redirect, a referral).

        Pure. Raises SourceRejected for an answer that cannot be read, with the place.
        """
